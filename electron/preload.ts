import { contextBridge } from 'electron';

contextBridge.exposeInMainWorld('lab', {});
