// The numbers that the truck layer's shader knows: shapes and places in its palette.
export const SHAPE = { arrow: 0, disc: 1, dashed: 2, crossed: 3, outline: 4, ring: 5 } as const;
export const COLOUR = { moving: 0, stopped: 1, stale: 2, offline: 3, black_truck: 4, off_route: 5, off_hours: 6, loading: 7, yellow_label: 8 } as const;
export interface Dot { lon: number; lat: number; heading: number; shape: number; colour: number; big: boolean; alpha: number }
