/** A time of day that is near: 02:30:10 UTC. */
export const timeWords = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)} UTC`;

/** A time that may be days ago: 2030-01-01 02:30 UTC. */
export const dateWords = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
