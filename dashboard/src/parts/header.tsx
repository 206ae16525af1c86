import { useLive } from "../hooks.ts";
import { Connection } from "./connection.tsx";
import { Pause } from "./pause.tsx";

/** The top of both pages. */
export function Header({ page }: { readonly page: "dashboard" | "inspect" }) {
  const { connection, overview, version, self } = useLive();
  return (
    <header class="top">
      <a class="brand" href="/">
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
          <rect width="32" height="32" rx="7" class="brand-box" />
          <path d="M4 17h6l3-8 5 15 3-9 1.500 2H28" class="brand-line" />
        </svg>
        AIOS <span class="fine">{version ?? ""}</span>
      </a>
      <Connection state={connection} />
      <span class="push" />
      <nav class="pages" aria-label="Pages">
        {page === "dashboard" ? <a href="/inspect">Machines</a> : <a href="/">Dashboard</a>}
        <a href="/docs">API</a>
      </nav>
      {self?.role === "viewer" ? <span class="badge muted">viewer</span> : null}
      {overview === undefined ? null : <Pause pause={overview.pause} />}
    </header>
  );
}
