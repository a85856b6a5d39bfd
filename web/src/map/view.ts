// The map itself: north up, flat, offline. It is rebuilt when the theme changes and keeps what was drawn on it.
import { Map as MapGL, Marker, setWorkerUrl, type LngLatBoundsLike, type PaddingOptions } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import type { MapData } from '../api/types.ts';
import type { Box } from '../shared/geometry.ts';
import { addImages } from './images.ts';
import { drawOverlay, EMPTY, type Overlay } from './overlay.ts';
import { LAYER_GROUPS, styleOf } from './style.ts';
import { Trucks } from './trucks.ts';

setWorkerUrl(workerUrl);

export interface Tag { at: [number, number]; element: HTMLElement; anchor?: 'center' | 'left' | 'right' | 'bottom' | 'top'; offset?: [number, number] }
export interface Pin { move(to: [number, number]): void; remove(): void }
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export class MapView {
  readonly map: MapGL;
  readonly trucks = new Trucks();
  private overlay: Overlay = EMPTY;
  private tags: Marker[] = [];
  private hidden = new Set<string>();

  constructor(box: HTMLElement, private readonly data: MapData, private readonly home: Box) {
    this.map = new MapGL({
      container: box, style: styleOf(data), bounds: home as LngLatBoundsLike, fitBoundsOptions: { padding: 32 }, minZoom: 8, maxZoom: 18,
      dragRotate: false, pitchWithRotate: false, touchPitch: false, attributionControl: false, localIdeographFontFamily: 'Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, sans-serif',
      canvasContextAttributes: { preserveDrawingBuffer: true, antialias: true }, // kept, so that a view can be printed
      fadeDuration: calm() ? 0 : 200,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disable(); // arrow keys belong to lists and replay
    this.map.on('style.load', () => this.dress());
    this.map.on('movestart', () => { box.dataset['drawn'] = '0'; });
    this.map.on('render', () => { if (!this.map.isMoving() && this.map.loaded()) box.dataset['drawn'] = '1'; }); // for those who wait: tests and printing
    const canvas = this.map.getCanvas();
    canvas.setAttribute('tabindex', '-1');
    canvas.setAttribute('aria-hidden', 'true'); // what it shows is in the lists
    canvas.removeAttribute('role');
  }

  /** Fetches the colours anew and draws everything again. */
  restyle(): void { this.map.setStyle(styleOf(this.data), { diff: false }); }

  private dress(): void {
    addImages(this.map);
    this.map.addLayer(this.trucks.layer, this.map.getLayer('roads-name') ? 'roads-name' : undefined);
    for (const group of this.hidden) this.setLayers(group, false);
    drawOverlay(this.map, this.overlay);
  }

  draw(overlay: Overlay): void {
    this.overlay = overlay;
    if (this.map.isStyleLoaded() || this.map.getSource('ov-lines')) drawOverlay(this.map, overlay);
  }

  show(group: string, on: boolean): void {
    if (on) this.hidden.delete(group); else this.hidden.add(group);
    this.setLayers(group, on);
  }
  private setLayers(group: string, on: boolean): void {
    if (group === 'trucks') { this.trucks.visible = on; this.map.triggerRepaint(); }
    for (const id of LAYER_GROUPS[group] ?? []) if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', on ? 'visible' : 'none');
  }

  setTags(tags: Tag[]): void {
    for (const tag of this.tags) tag.remove();
    this.tags = tags.map((t) => new Marker({ element: t.element, anchor: t.anchor ?? 'center', offset: t.offset ?? [0, 0] }).setLngLat(t.at).addTo(this.map));
  }

  /** One thing that moves: a chip beside a truck, the cursor of a replay. */
  pin(element: HTMLElement, at: [number, number], where: { anchor?: 'bottom' | 'center' | 'left'; offset?: [number, number] } = {}): Pin {
    const marker = new Marker({ element, anchor: where.anchor ?? 'bottom', offset: where.offset ?? [0, 0] }).setLngLat(at).addTo(this.map);
    return { move: (to) => { marker.setLngLat(to); }, remove: () => { marker.remove(); } };
  }

  flyTo(box: Box, padding: number | PaddingOptions, maxZoom = 15.5): void {
    this.map.fitBounds(box as LngLatBoundsLike, { padding, maxZoom, animate: !calm(), duration: 700 });
  }
  goHome(): void { this.flyTo(this.home, 32); }
  centre(at: [number, number]): void { this.map.easeTo({ center: at, animate: !calm(), duration: 300 }); }
  bounds(): Box {
    const b = this.map.getBounds();
    return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()];
  }
  remove(): void { this.map.remove(); }
}

export function canDraw(): boolean {
  try { return document.createElement('canvas').getContext('webgl2') !== null; } catch { return false; }
}
