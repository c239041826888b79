/** What each room may import: see rooms.mjs. */
export const rooms: Readonly<Record<string, readonly string[]>>;
