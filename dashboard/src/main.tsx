import { render, useRef } from "hono/jsx/dom";
import { type Place, placeOf, useLive, usePlace } from "./hooks.ts";
import { live } from "./live/instance.ts";
import { Dialog } from "./parts/dialog.tsx";
import { Header } from "./parts/header.tsx";
import { Notices } from "./parts/notices.tsx";
import { SignIn } from "./parts/sign-in.tsx";
import { Agents } from "./tabs/agents.tsx";
import { Evolution } from "./tabs/evolution.tsx";
import { Overview } from "./tabs/overview.tsx";
import { Performance } from "./tabs/performance.tsx";

const tabs = [
  { name: "overview", title: "Overview", Content: Overview },
  { name: "agents", title: "Agents", Content: Agents },
  { name: "evolution", title: "Evolution", Content: Evolution },
  { name: "performance", title: "Performance", Content: Performance },
] as const;

function Page() {
  const { access, self } = useLive();
  if (access === "out") return <SignIn />;
  if (self?.role === "agent") return <SignIn why="An agent's token reads its own tasks only, not this page." />;
  return (
    <>
      <Header page="dashboard" />
      {access === "asking" ? null : <Tabs />}
      <Notices />
      <Dialog />
    </>
  );
}

function tabOf(place: Place) {
  return tabs.find(({ name }) => name === place.tab) ?? tabs[0];
}

function Tabs() {
  const place = usePlace();
  const chosen = tabOf(place);
  const list = useRef<HTMLDivElement>(null);
  const steps: Readonly<Record<string, (index: number) => number>> = {
    ArrowRight: (index) => (index + 1) % tabs.length,
    ArrowLeft: (index) => (index + tabs.length - 1) % tabs.length,
    Home: () => 0,
    End: () => tabs.length - 1,
  };
  const onKey = (event: KeyboardEvent) => {
    const step = steps[event.key];
    // From where the address is by now: a second key may come before the page has drawn what the first one chose.
    const next = step === undefined ? undefined : tabs[step(tabs.indexOf(tabOf(placeOf(location.hash))))];
    if (next === undefined) return;
    event.preventDefault();
    location.hash = next.name;
    list.current?.querySelector<HTMLElement>(`#tab-${next.name}`)?.focus();
  };
  const { Content } = chosen;
  return (
    <>
      <div ref={list} class="tabs" role="tablist" aria-label="Views" onKeyDown={onKey}>
        {tabs.map(({ name, title }) => (
          <a
            key={name}
            id={`tab-${name}`}
            role="tab"
            href={`#${name}`}
            aria-selected={name === chosen.name ? "true" : "false"}
            aria-controls="panel"
            tabindex={name === chosen.name ? 0 : -1}
          >
            {title}
          </a>
        ))}
      </div>
      <main
        id="panel"
        key={chosen.name}
        role="tabpanel"
        aria-labelledby={`tab-${chosen.name}`}
        tabindex={0}
        data-testid={`tab-${chosen.name}`}
      >
        <Content />
      </main>
    </>
  );
}

const root = document.getElementById("page");
if (root !== null) render(<Page />, root);
void live.start();
