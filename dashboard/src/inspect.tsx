import { render } from "hono/jsx/dom";
import { useLive } from "./hooks.ts";
import { Inspect } from "./inspect/page.tsx";
import { live } from "./live/instance.ts";
import { Dialog } from "./parts/dialog.tsx";
import { Header } from "./parts/header.tsx";
import { Notices } from "./parts/notices.tsx";
import { SignIn } from "./parts/sign-in.tsx";

function Page() {
  const { access, self } = useLive();
  if (access === "out") return <SignIn />;
  if (self?.role === "agent") return <SignIn why="An agent's token reads its own tasks only, not this page." />;
  return (
    <>
      <Header page="inspect" />
      {access === "asking" ? null : <Inspect />}
      <Notices />
      <Dialog />
    </>
  );
}

const root = document.getElementById("page");
if (root !== null) render(<Page />, root);
void live.start();
