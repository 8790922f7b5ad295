/** Throws for options that nobody reads: most are misspelt. `rest` is what is left of them. */
export function refuseUnknown(call: string, rest: object): void {
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new RangeError(`${call}: there is no option '${unknown}'. Correct its name, or leave it out.`);
}
