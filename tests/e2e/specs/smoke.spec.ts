import { expect, test } from '../fixtures';

test('a window opens with its title', { tag: '@screenshots' }, async ({ started, window, picture }) => {
  await expect(window).toHaveTitle('Hyper-V Manager');
  expect(started.app.windows()).toHaveLength(1);
  await picture(window, 'smoke');
});
