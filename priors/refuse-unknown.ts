/** Throws for options that a prior does not have: most are misspelt. `unknown` is what is left of them. */
export function refuseUnknown(prior: string, known: readonly string[], unknown: object): void {
  const [key] = Object.keys(unknown);
  if (key === undefined) return;
  throw new TypeError(`${prior}: expected only ${known.join(', ')}, got '${key}'. Remove or correct it.`);
}
