let token: string | undefined;

/** A token that was pasted into this page and that no cookie could replace. It lives as long as the page. */
export function heldToken(): string | undefined {
  return token;
}

export type LetIn = { readonly kind: "moved" } | { readonly kind: "held" } | { readonly kind: "refused"; why: string };

/**
 * Trades a pasted token for the browser's own cookie, by way of a one-time ticket; the page is then loaded anew.
 * A token that may not make tickets is kept in memory and sent with every request instead.
 */
export async function letIn(pasted: string): Promise<LetIn> {
  const authorization = `Bearer ${pasted}`;
  const ticket = await fetch("/api/v1/tickets", { method: "POST", headers: { authorization } });
  if (ticket.status === 201) {
    const { ticket: once } = (await ticket.json()) as { readonly ticket: string };
    location.assign(`${location.pathname}?ticket=${encodeURIComponent(once)}${location.hash}`);
    return { kind: "moved" };
  }
  if (ticket.status === 401) return { kind: "refused", why: "The engine does not know this token." };
  const self = await fetch("/api/v1/self", { headers: { authorization } });
  if (!self.ok) return { kind: "refused", why: "The engine refused this token." };
  token = pasted;
  return { kind: "held" };
}
