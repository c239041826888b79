import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { ask, lab } from '@renderer/api/lab';
import type { MenuBarEntry, MenuItem } from '@renderer/components/menu';
import { useLayout } from './use-layout';
import type { useManagerCommands } from './use-manager-commands';
import { useSelection } from './use-selection';

/** Menu bar and tool bar of the main window. */
export function useManagerMenus(commands: ReturnType<typeof useManagerCommands>) {
  const { t } = useI18n();
  const layout = useLayout();
  const selection = useSelection();

  const menus = computed<MenuBarEntry[]>(() => [
    {
      id: 'file',
      label: t('manager.menu.file'),
      items: [
        { id: 'exit', label: t('manager.exit'), shortcut: 'Alt+F4', run: () => void ask(lab().app.closeWindow()) },
      ],
    },
    {
      id: 'action',
      label: t('manager.menu.action'),
      items: commands.vmItems.value.length > 0 ? commands.vmItems.value : commands.scopeItems.value,
    },
    { id: 'view', label: t('manager.menu.view'), items: commands.viewItems.value },
    {
      id: 'help',
      label: t('manager.menu.help'),
      items: [
        { id: 'topics', label: t('manager.server.helpTopics'), icon: 'help', shortcut: 'F1', run: commands.help },
        { id: 'about', label: t('manager.server.about'), separator: true, run: () => void (layout.dialog = 'about') },
      ],
    },
  ]);

  const tools = computed<MenuItem[]>(() => [
    {
      id: 'back',
      label: t('manager.toolbar.back'),
      icon: 'back',
      disabled: selection.past.length === 0,
      run: selection.back,
    },
    {
      id: 'forward',
      label: t('manager.toolbar.forward'),
      icon: 'forward',
      disabled: selection.future.length === 0,
      run: selection.forward,
    },
    ...(selection.scope === 'server'
      ? [
          {
            id: 'up',
            label: t('manager.toolbar.up'),
            icon: 'up-level',
            separator: true,
            run: () => selection.go('root'),
          },
        ]
      : []),
    {
      id: 'tree',
      label: t('manager.toolbar.tree'),
      icon: 'console-tree',
      separator: selection.scope === 'root',
      checked: layout.tree,
      run: () => void (layout.tree = !layout.tree),
    },
    { id: 'help', label: t('manager.toolbar.help'), icon: 'help', separator: true, run: commands.help },
    {
      id: 'actions',
      label: t('manager.toolbar.actions'),
      icon: 'action-pane',
      checked: layout.actions,
      run: () => void (layout.actions = !layout.actions),
    },
  ]);

  return { menus, tools };
}
