import { useRef, useState } from "hono/jsx/dom";
import { live } from "../live/instance.ts";
import { letIn } from "../session.ts";

/** What somebody without a session sees: how to get one. */
export function SignIn({ why }: { readonly why?: string }) {
  const [refusal, setRefusal] = useState<string | undefined>(why);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const enter = async (event: Event) => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? "";
    if (token === "") return;
    setBusy(true);
    try {
      const entered = await letIn(token);
      if (entered.kind === "refused") setRefusal(entered.why);
      if (entered.kind === "held") await live.start();
    } catch {
      setRefusal("The engine does not answer.");
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="sign-in card" data-testid="sign-in">
      <h1>This page needs a session</h1>
      <p>On the machine where the engine runs, in its directory:</p>
      <pre class="command">aios dashboard</pre>
      <p>It prints a link that works once and keeps this browser signed in.</p>
      <form onSubmit={(event: Event) => void enter(event)}>
        <label class="field">
          <span>
            Or paste a token (<code>aios token show</code> prints the operator's)
          </span>
          <input ref={field} type="password" autocomplete="off" spellcheck={false} data-testid="token" />
        </label>
        <button type="submit" class="button primary" disabled={busy}>
          Sign in
        </button>
      </form>
      <p class="fine">The token is traded for a cookie that no script can read. It is not stored.</p>
      <p class="bad-text" role="alert">
        {refusal ?? ""}
      </p>
    </main>
  );
}
