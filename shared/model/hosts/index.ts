import type { HostId, HostProfile } from '../host-profile';
import { ws2008 } from './ws2008';
import { ws2008Beta } from './ws2008-beta';
import { ws2008r2 } from './ws2008r2';
import { ws2012r2 } from './ws2012r2';
import { ws2016 } from './ws2016';
import { ws2019 } from './ws2019';
import { ws2022 } from './ws2022';
import { ws2025 } from './ws2025';

/** Every simulated host by id. To add one: a file beside this, its id in `HOST_IDS`, a line here. */
export const HOSTS: Readonly<Record<HostId, HostProfile>> = {
  'ws2008-beta': ws2008Beta,
  ws2008,
  ws2008r2,
  ws2012r2,
  ws2016,
  ws2019,
  ws2022,
  ws2025,
};

export const DEFAULT_HOST: HostId = 'ws2022';
