// Three pages, one bundle each; what they share is split out. The map library is in its own chunk and the police page never asks for it.
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // no data: URLs, so that the content policy stays strict
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rollupOptions: { input: { centre: 'index.html', query: 'query.html', replay: 'replay.html' } },
  },
});
