/** Events of a type, with any state key or with a given one. @public */
export type SelectedState = readonly [type: string] | readonly [type: string, stateKey: string];

/** Which part of a room's state is wanted, such as `[["m.room.power_levels", ""], ["m.room.member"]]`. @public */
export type StateSelection = readonly SelectedState[];

/** The event that a hook is about, as far as a selection depends on it. */
export interface SelectingEvent {
  readonly sender: string;
  readonly stateKey?: string;
}

/** The state keys that stand for a member of the event that the hook is about, if it has that member. */
const OF_EVENT: Readonly<Record<string, (event: SelectingEvent) => string | undefined>> = {
  $sender: ({ sender }) => sender,
  $state_key: ({ stateKey }) => stateKey,
};

/** Whether a state key stands for a member of the event that a hook is about. */
export function standsForEvent(stateKey: string | undefined): boolean {
  return stateKey !== undefined && Object.hasOwn(OF_EVENT, stateKey);
}

/** The selection for one event: `$sender` and `$state_key` are its own. */
export function resolveSelection(selection: StateSelection, event: SelectingEvent): StateSelection {
  if (!selection.some(([, stateKey]) => standsForEvent(stateKey))) return selection;
  return selection.flatMap((entry): SelectedState[] => {
    const [type, stateKey] = entry;
    if (!standsForEvent(stateKey)) return [entry];
    const own = OF_EVENT[stateKey!]!(event);
    return own === undefined ? [] : [[type, own]];
  });
}

/** What several selections want together, without duplicates; null stands for the whole state. */
export function unionOfSelections(selections: readonly (StateSelection | null)[]): StateSelection | null {
  if (selections.includes(null)) return null;
  const entries = (selections as readonly StateSelection[]).flat();
  const whole = new Set(entries.filter(({ length }) => length === 1).map(([type]) => type));
  const needed = entries.filter(([type, stateKey]) => stateKey === undefined || !whole.has(type));
  return [...new Map(needed.map((entry) => [JSON.stringify(entry), entry])).values()];
}
