import { defineConfig } from 'vitest/config';

export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  test: {
    environment: 'jsdom',
    include: ['*/tests/*.test.js'],
    server: { deps: { inline: ['@shopify/ui-extensions-tester'] } },
  },
});
