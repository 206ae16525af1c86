/** A port that writes down what it is asked, and does it. */
export function overheard<T extends object>(port: T, heard: unknown[]): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...given: unknown[]): unknown => {
        heard.push(given);
        return Reflect.apply(member, target, given);
      };
    },
  });
}

/** Whether a text is somewhere in a value, whole: as a value or as a name. */
export function holds(value: unknown, text: string): boolean {
  if (typeof value === "string") return value === text;
  if (Array.isArray(value)) return value.some((member) => holds(member, text));
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, member]) => name === text || holds(member, text));
}
