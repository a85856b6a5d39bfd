// The shaders of the truck layer. One unit is one CSS pixel of the symbol; y grows downwards, heading turns clockwise from north.
export const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform float u_size;
in vec2 a_at;
in vec4 a_look;
flat out float v_heading;
flat out int v_colour;
flat out int v_shape;
flat out float v_alpha;
flat out float v_half;
void main() {
  int look = int(a_look.z + 0.5);
  float big = look >= 16 ? 1.5 : 1.0;
  v_shape = look % 16;
  v_heading = a_look.x * 6.2831853 / 256.0;
  v_colour = int(a_look.y + 0.5);
  v_alpha = a_look.w / 255.0;
  v_half = 11.0;
  gl_Position = u_matrix * vec4(a_at, 0.0, 1.0);
  gl_PointSize = 22.0 * big * u_size;
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 u_palette[9];
uniform vec3 u_halo;
uniform vec3 u_land;
flat in float v_heading;
flat in int v_colour;
flat in int v_shape;
flat in float v_alpha;
flat in float v_half;
out vec4 colour;

float arrow(vec2 p) {
  vec2 v[4] = vec2[4](vec2(0.0, -8.0), vec2(5.6, 6.2), vec2(0.0, 3.2), vec2(-5.6, 6.2));
  float d = 1e6, s = 1.0;
  for (int i = 0, j = 3; i < 4; j = i, i++) {
    vec2 e = v[j] - v[i], w = p - v[i];
    vec2 b = w - e * clamp(dot(w, e) / dot(e, e), 0.0, 1.0);
    d = min(d, dot(b, b));
    bvec3 c = bvec3(p.y >= v[i].y, p.y < v[j].y, e.x * w.y > e.y * w.x);
    if (all(c) || all(not(c))) s = -s;
  }
  return s * sqrt(d);
}
float box(vec2 p, float h) { vec2 q = abs(p) - h; return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0); }

void main() {
  vec2 p = (gl_PointCoord * 2.0 - 1.0) * v_half;
  float c = cos(v_heading), s = sin(v_heading);
  vec2 q = vec2(p.x * c + p.y * s, -p.x * s + p.y * c);
  float soft = fwidth(p.x);
  float d;
  if (v_shape == 0 || v_shape == 2 || v_shape == 4) d = arrow(q);
  else if (v_shape == 3) d = box(p, 5.0);
  else d = length(p) - 5.0;
  float ink = 0.0, body = 0.0;
  if (v_shape <= 1) { ink = 1.0 - smoothstep(-soft, soft, d); }
  else {
    body = 1.0 - smoothstep(-soft, soft, d);
    ink = 1.0 - smoothstep(0.7, 0.7 + soft, abs(d + 0.4));
    if (v_shape == 2) ink *= step(0.42, fract(q.y / 3.6));
    if (v_shape == 3) ink = max(ink, (1.0 - smoothstep(0.7, 0.7 + soft, min(abs(p.x - p.y), abs(p.x + p.y)) * 0.7071)) * step(box(p, 2.6), 0.0));
  }
  float halo = 1.0 - smoothstep(1.2 - soft, 1.2 + soft, d);
  vec3 fill = u_palette[v_colour];
  vec3 rgb = mix(u_halo, u_land, body);
  rgb = mix(rgb, fill, ink);
  float a = max(halo, ink) * v_alpha;
  if (a < 0.01) discard;
  colour = vec4(rgb * a, a);
}`;
