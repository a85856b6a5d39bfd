// The five families of findings and their colour tokens. A new rule joins a family; it gets no new colour.
export const FAMILY_TOKEN = { black_truck: 'black-truck', off_route: 'off-route', off_hours: 'off-hours', loading: 'loading', yellow_label: 'yellow-label' } as const;
