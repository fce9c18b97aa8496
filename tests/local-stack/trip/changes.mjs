// What the proxy did to a message on its way: each parameter is kept, replaced, added or removed.

/** @param before, after: pairs of name and value, each name once */
export function changesBetween(before, after) {
  const was = new Map(before);
  const is = new Map(after);
  const names = [...new Set([...was.keys(), ...is.keys()])];
  return names.map((name) => ({
    name,
    change: changeOf(was.get(name), is.get(name)),
    before: was.get(name),
    after: is.get(name),
  }));
}

function changeOf(before, after) {
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  return before === after ? "kept" : "replaced";
}
