// The address line is the state that can be sent to a colleague. Lists of keys are replaced in place, nothing is pushed for a mere click.
export const param = (key: string) => new URLSearchParams(location.search).get(key);

export function setParams(changes: Record<string, string | null>, how: 'replace' | 'push' = 'replace'): void {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(key);
    else query.set(key, value);
  }
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
  const next = location.pathname + (text ? `?${text}` : '');
  if (next === location.pathname + location.search) return;
  if (how === 'push') history.pushState(null, '', next);
  else history.replaceState(null, '', next);
}
