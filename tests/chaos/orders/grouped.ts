/** Things by what they have in common, each group in their order. */
export function grouped<T>(things: readonly T[], common: (thing: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const group = groups.get(common(thing));
    if (group) group.push(thing);
    else groups.set(common(thing), [thing]);
  }
  return groups;
}
