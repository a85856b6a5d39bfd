export async function start() { return { origin: process.env.MUCKWATCH_URL, stop: async () => undefined }; }
