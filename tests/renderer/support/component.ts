import { mount } from '@vue/test-utils';
import { createPinia } from 'pinia';
import { onTestFinished } from 'vitest';
import type { Component } from 'vue';
import { createTranslator } from '@renderer/locales';
import { settle } from './mount';

/** A mounted component: what it was given, what it emitted. */
export interface Shown {
  prop(name: string): unknown;
  setProps(props: Record<string, unknown>): Promise<void>;
  emitted(name: string): unknown[][] | undefined;
}

/** Mounts one component in the document, in English, with nothing behind it. */
export async function show(
  component: Component,
  props: Record<string, unknown>,
  slots: Record<string, string> = {},
): Promise<Shown> {
  const wrapper = mount(component, {
    props,
    slots,
    global: { plugins: [createPinia(), createTranslator('en')] },
    attachTo: document.body,
  });
  onTestFinished(() => {
    wrapper.unmount();
    document.body.innerHTML = '';
  });
  await settle();
  return {
    prop: (name) => Reflect.get(wrapper.props(), name),
    setProps: (next) => wrapper.setProps(next),
    emitted: (name) => wrapper.emitted<unknown[]>(name),
  };
}
