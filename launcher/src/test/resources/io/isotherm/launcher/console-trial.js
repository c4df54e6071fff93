// Stands before the console's script: answers in place of an exporter, tries the page, and writes a line of each check.
(() => {
  'use strict';
  const WINDOW = 10000;
  const cluster = { down: false, started: false, behind: {}, open: [], temperature: 40 };
  const names = ['pod-00', 'pod-01', 'pod-02'];
  const pod = name => {
    const end = Date.now() - 15000 - (cluster.behind[name] || 0);
    return { pod: name, cabinets: 2, boards_per_cabinet: 2, chips_per_board: 4, chips: 16, healthy: 15, suspect: 0, degraded: 0, failed: 1,
      unknown: 0, in_maintenance: 0, coverage: name === 'pod-02' ? 0.999 : 1, effective_compute: 0.9, window_start_ms: end - WINDOW, window_ms: WINDOW, watermark_ms: end + 5000 };
  };
  const incident = (id, severity, ageMs) => ({ id, revision: 1, severity, kind: 'chip_hot', pod: 'pod-00', subject: 'pod-00/' + id, opened_ms: Date.now() - ageMs,
    chips_affected: 1, summary: 'summary of ' + id, next_step: 'next step of ' + id, children: [], children_total: 0,
    evidence: [{ finding: 'chip_hot', subject: 'pod-00/' + id, window_start_ms: Date.now() - ageMs, value: 900, expected: 600, unit: 'dC' }], jobs: [] });
  const base64 = byte => btoa(String.fromCharCode(byte).repeat(16));
  const answer = path => {
    if (path === '/api/v1/status') {
      return { ready: cluster.started, reason: cluster.started ? '' : 'health.pods is being read', now_ms: Date.now(), open_incidents: cluster.open.length };
    }
    if (!cluster.started) return [];
    if (path === '/api/v1/pods') return names.map(pod);
    if (path === '/api/v1/incidents') return cluster.open;
    return { ...pod(path.slice('/api/v1/pods/'.length)), chip_states: base64(0), chip_temperatures: base64(cluster.temperature) };
  };
  window.fetch = async path => {
    if (cluster.down) throw new TypeError('no route');
    return { ok: true, json: async () => structuredClone(answer(path)) };
  };

  const said = [];
  const check = (what, right) => said.push((right ? 'ok ' : 'FAILED ') + what);
  const text = id => document.getElementById(id).innerText.trim();
  const seconds = s => new Promise(done => setTimeout(done, 1000 * s));
  const turn = () => seconds(2.5);
  const rows = () => [...document.querySelectorAll('#incidents tr.incident')];
  const byId = id => rows().find(row => row.dataset.id === id);
  const select = () => document.getElementById('pod');

  async function tryAll() {
    await turn();
    check('a page that was never filled does not say that nothing is wrong', text('incidents') === 'reading...' && text('numbers') === ''
      && text('stale') === 'Not current: health.pods is being read.' && document.title === '! Isotherm');

    cluster.started = true;
    cluster.open = [incident('old', 'warning', 3 * 86400000), incident('new', 'warning', 60000), { ...incident('bad', 'critical', 120000), host: 'gpu-17' }];
    cluster.open[1].jobs.push({ job: 'llm', boards: 1, boards_in_pod: 40 }, { job: 'gone', boards: 0, boards_in_pod: 3 });
    cluster.open[0].jobs.push({ job: 'a', boards: 2, boards_in_pod: 2 }, { job: 'b', boards: 1, boards_in_pod: 3 });
    await turn();
    check('says where incidents are open', [...select().options].map(o => o.text).join() === 'pod-00 (3 open),pod-01,pod-02'
      && [...select().options].map(o => o.value).join() === 'pod-00,pod-01,pod-02');
    check('shows the pod of its address', select().value === 'pod-01' && document.getElementById('grid').getAttribute('aria-label').startsWith('chips of pod-01: 15 healthy'));
    check('is current', text('stale') === '' && document.title === '(1) Isotherm' && /^newest window ended \d+ s ago$/.test(text('window')));
    check('rounds shares down', /99\.9 %\s+coverage/.test(text('numbers')) && /90\.0 %\s+effective compute/.test(text('numbers')));
    check('puts the severe first, then the new', rows().map(row => row.dataset.id).join() === 'bad,new,old');
    check('names the host that is known', byId('bad').cells[1].innerText === 'pod-00/bad\nhost gpu-17' && !byId('new').cells[1].innerText.includes('host'));
    check('names whose work it is', byId('new').cells[1].innerText === 'pod-00/new\njob llm' && byId('old').cells[1].innerText === 'pod-00/old\njob a and 1 more'
      && !byId('bad').cells[1].innerText.includes('job'));
    const since = id => byId(id).cells[3].innerText;
    check('gives the zone, and the date of another day', /^\d\d:\d\d:\d\d UTC \(\d+ s\)$/.test(since('new'))
      && /^\d\d \w+ \d{4}, \d\d:\d\d:\d\d UTC \(72 h \d min\)$/.test(since('old')));

    const row = byId('new');
    getSelection().selectAllChildren(row.cells[5]);
    row.focus();
    const before = since('new');
    await turn();
    check('leaves rows alone that have not changed', byId('new') === row && document.activeElement === row
      && getSelection().toString() === 'next step of new');
    check('writes their ages', since('new') !== before);
    row.click();
    check('a click that ends a selection opens nothing', byId('new').getAttribute('aria-expanded') === 'false');
    getSelection().removeAllRanges();
    const press = key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    press(' ');
    check('the space bar opens a row', byId('new').getAttribute('aria-expanded') === 'true' && /window of \d\d:\d\d:\d\d UTC, \d+ s ago\)/.test(text('incidents')));
    check('says by which id others know it', text('incidents').includes('\nid new'));
    check('says what a job has there', text('incidents').includes('job llm has 1 of its 40 boards in the pod here\njob gone worked here'));
    check('its row keeps the focus', document.activeElement === byId('new') && byId('new') !== row);
    cluster.open = cluster.open.concat(incident('newer', 'warning', 1000));
    await turn();
    check('also where a row came before it', rows()[1].dataset.id === 'newer' && document.activeElement === byId('new'));
    press('Enter');
    check('Enter closes it', byId('new').getAttribute('aria-expanded') === 'false');

    const grid = document.getElementById('grid'), corner = grid.getBoundingClientRect();
    grid.dispatchEvent(new MouseEvent('mousemove', { clientX: corner.left + 3, clientY: corner.top + 3 }));
    check('tells the chip under the pointer', text('place') === 'pod-01/cab-000/board-0/chip-0: healthy, 40 \u00b0C');
    cluster.temperature = 50;
    await turn();
    check('also when it changes under it', text('place').endsWith('50 \u00b0C'));
    grid.dispatchEvent(new MouseEvent('mouseleave'));
    check('and not when it is gone', text('place') === '');

    cluster.behind = { 'pod-01': 3 * 3600000, 'pod-02': 7200000 };
    await turn();
    check('names pods with old results', /^Not current: pod-01 and 1 more\. Results are up to 3 h 0 min old; their chips are shown as they were\.$/.test(text('stale'))
      && text('window') === 'newest window ended 3 h 0 min ago' && document.title === '! (1) Isotherm');
    cluster.behind = { 'pod-02': 7200000 };
    await turn();
    check('one of them', text('stale') === 'Not current: pod-02. Results are 2 h 0 min old; its chips are shown as they were.');
    cluster.behind = {};
    await turn();
    check('none of them', text('stale') === '');

    cluster.started = false;
    await turn();
    check('keeps what it shows while an exporter starts', rows().length === 4 && text('words').startsWith('3 of 48 chips')
      && /^Not current: health\.pods is being read\. What is shown was read \d+ s ago\.$/.test(text('stale')));
    cluster.down = true;
    await seconds(180);
    check('and while none answers, with the age', /^Not current: the exporter does not answer \(no route\)\. What is shown was read 3 min ago\.$/.test(text('stale'))
      && since('newer').endsWith(' min)') && /^newest window ended 3 min ago$/.test(text('window')));
    cluster.down = false;
    cluster.started = true;
    names.splice(1, 1);
    await turn();
    check('shows another pod while the chosen one is away', select().value === 'pod-00' && text('stale') === '');
    names.splice(1, 0, 'pod-01');
    await turn();
    check('and the chosen one when it is back', select().value === 'pod-01');
    select().value = 'pod-02';
    select().dispatchEvent(new Event('change'));
    document.getElementById('by-temperature').click();
    check('writes what is chosen into its address', location.hash === '#pod=pod-02&temperature');

    cluster.open = Array.from({ length: 412 }, (_, i) => incident('i' + i, i === 300 ? 'critical' : 'info', i * 1000));
    await turn();
    check('counts the incidents that it leaves out', rows().length === 200 && rows()[0].dataset.id === 'i300' && rows()[1].dataset.id === 'i0'
      && document.querySelector('#incidents tr:last-child').innerText.startsWith('212 more are not shown')
      && document.querySelector('#incidents a').getAttribute('href') === '/api/v1/incidents');
    cluster.open = [];
    await turn();
    check('says when there is none', text('incidents') === 'None.' && text('open') === 'Open incidents (0)');
  }
  addEventListener('load', () => tryAll().catch(e => said.push('FAILED ' + e.stack)).finally(() => {
    const all = document.createElement('pre');
    all.id = 'said';
    all.textContent = said.join('\n') + '\nend';
    document.body.replaceChildren(all);
  }));
})();
