import { defineStore } from 'pinia';
import { ref } from 'vue';

/** Which parts of the main window are shown, and their sizes, for as long as the window is open. */
export const useLayout = defineStore('manager-layout', () => {
  const tree = ref(true);
  const toolbar = ref(true);
  const statusBar = ref(true);
  const actions = ref(true);
  const treeWidth = ref(196);
  const actionsWidth = ref(250);
  const detailsHeight = ref(205);
  /** Null: the columns that the host shows. */
  const columns = ref<readonly string[] | null>(null);
  const dialog = ref<'columns' | 'customize' | 'about' | 'help' | null>(null);
  return { tree, toolbar, statusBar, actions, treeWidth, actionsWidth, detailsHeight, columns, dialog };
});
