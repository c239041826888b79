import type { Lab } from '@shared/contract';

declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent;
  export default component;
}

declare global {
  interface Window {
    /** The door to the main process, built by the preload script from the contract. */
    readonly lab: Lab;
  }
}
