import { defineComponent, h } from 'vue';
import { drawing } from '@renderer/theme/icons';

/**
 * A drawing of `theme/icons`. Props: `name`; `size` in pixels (16). Decoration only: assistive technology does not see it, the text
 * beside it names the control. `grey` shows it as a disabled tool button does.
 */
export const Icon = defineComponent({
  name: 'LabIcon',
  props: {
    name: { type: String, required: true },
    size: { type: Number, default: 16 },
    grey: { type: Boolean, default: false },
  },
  setup(props) {
    return () => {
      const { viewBox, body } = drawing(props.name);
      const { size } = props;
      const classes = ['icon', { 'icon-grey': props.grey }];
      return h('svg', { class: classes, width: size, height: size, viewBox, 'aria-hidden': 'true', innerHTML: body });
    };
  },
});
