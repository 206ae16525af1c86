/** Names under which a machine reaches itself. Anything else must be allowed by name: that ends DNS rebinding. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** An allowed entry without a port allows every port of that host. */
function isListed(host: string, hostname: string, allowedHosts: readonly string[]): boolean {
  return allowedHosts.some((allowed) => {
    const wanted = allowed.toLowerCase();
    return wanted === host || wanted === hostname;
  });
}

/** Whether the engine may be addressed as `url`. */
export function hostAllowed(url: URL, allowedHosts: readonly string[]): boolean {
  return LOOPBACK.has(url.hostname) || isListed(url.host, url.hostname, allowedHosts);
}

/**
 * Whether a page of `origin` may talk to the engine at `url`. Same origin, or listed. Another port of this machine is
 * another origin: browsers count it as the same site and would send it our cookie.
 */
export function originAllowed(origin: string, url: URL, allowedHosts: readonly string[]): boolean {
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  return from.host !== "" && (from.host === url.host || isListed(from.host, from.hostname, allowedHosts));
}
