/** The value of a member, inherited ones included; undefined for an accessor, which can't run without an instance. */
export function memberOf(owner: object, member: string | symbol): unknown {
  let holder: object | null = owner;
  while (holder && !Object.hasOwn(holder, member)) holder = Object.getPrototypeOf(holder) as object | null;
  return holder ? Object.getOwnPropertyDescriptor(holder, member)?.value : undefined;
}
