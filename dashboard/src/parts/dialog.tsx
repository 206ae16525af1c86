import { useEffect, useRef, useState } from "hono/jsx/dom";

export interface Question {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly tone?: "danger";
  /** Offers a line for the reason. */
  readonly reason?: string;
}

interface Asked extends Question {
  readonly answer: (reason: string | undefined) => void;
}

let show: ((asked: Asked) => void) | undefined;

/** Asks before something is done. Resolves with the reason given (perhaps empty), or `undefined` for no. */
export function ask(question: Question): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (show === undefined) resolve(undefined);
    else show({ ...question, answer: resolve });
  });
}

/** Where questions appear; once a page. */
export function Dialog() {
  const [asked, setAsked] = useState<Asked | undefined>(undefined);
  const box = useRef<HTMLDialogElement>(null);
  const reason = useRef<HTMLInputElement>(null);
  useEffect(() => {
    show = setAsked;
    return () => {
      show = undefined;
    };
  }, []);
  useEffect(() => {
    if (asked !== undefined && box.current?.open === false) box.current.showModal();
  }, [asked]);
  const close = (answer: string | undefined) => {
    asked?.answer(answer);
    setAsked(undefined);
    box.current?.close();
  };
  return (
    <dialog ref={box} class="dialog" aria-labelledby="dialog-title" onCancel={() => close(undefined)}>
      {asked === undefined ? null : (
        <form
          method="dialog"
          onSubmit={(event: Event) => {
            event.preventDefault();
            close(reason.current?.value ?? "");
          }}
        >
          <h2 id="dialog-title">{asked.title}</h2>
          <p>{asked.text}</p>
          {asked.reason === undefined ? null : (
            <label class="field">
              <span>{asked.reason}</span>
              <input ref={reason} type="text" maxlength={500} autocomplete="off" />
            </label>
          )}
          <div class="dialog-actions">
            <button type="button" class="button" onClick={() => close(undefined)}>
              Cancel
            </button>
            <button
              type="submit"
              class={asked.tone === "danger" ? "button danger" : "button primary"}
              data-testid="confirm"
            >
              {asked.action}
            </button>
          </div>
        </form>
      )}
    </dialog>
  );
}
