/* Filters and charts of bouncedb report. The tables are there without it. Text gets into the page
 * as text only. */
'use strict';
(function () {
  const data = JSON.parse(document.getElementById('data').textContent);
  const form = document.getElementById('filters');
  const CLASSES = ['permanent', 'transient', 'policy', 'spf', 'quota', 'auth'];
  const REPUTATIONS = ['blocked', 'spam', 'rate', 'spf', 'dkim', 'dmarc', 'auth', 'ptr'];
  const LABELS = {rate: 'rate', spf: 'SPF', dkim: 'DKIM', dmarc: 'DMARC', auth: 'several', ptr: 'PTR'};
  const all = [];
  let charts = [];

  /* Counts by period, the newest first; a negative number is a run of zeros. */
  data.kinds.forEach(function (kind) {
    kind.series.forEach(function (row) {
      const failures = [];
      row.slice(2).forEach(function (count) {
        if (count > 0) failures.push(count);
        for (; count < 0; count++) failures.push(0);
      });
      all.push({class: kind.class, reputation: kind.reputation, provider: row[0], list: row[1], failures: failures});
    });
  });

  /* --- numbers --- */

  const number = function (value) { return value.toLocaleString('en'); };
  const share = function (part, all) { return all > 0 ? Math.floor((part * 200 + all) / (2 * all)) + ' %' : ''; };

  function trend(now, before) {
    if (before === 0) return now > 0 ? 'new' : '';
    const percent = Math.floor((now * 200 + before) / (2 * before)) - 100;
    return (percent < 0 ? '' : '+') + percent + ' %';
  }

  /* What controls text, or reorders it, is shown as its octets. */
  function visible(text) {
    return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
      function (c) {
        return Array.from(new TextEncoder().encode(c)).map(function (octet) {
          return '\\x' + octet.toString(16).padStart(2, '0');
        }).join('');
      });
  }

  function name(names, i, unknown) {
    if (i >= names.length) return null;
    const one = names[i];
    return (one !== null && typeof one === 'object' ? one.name : one) || unknown;
  }

  /* --- filters --- */

  function filter() {
    const index = function (id) { return form.elements[id].value === '' ? null : Number(form.elements[id].value); };
    return {days: Number(form.elements.days.value), provider: index('provider'), list: index('list'),
      klass: form.elements.class.value || null};
  }

  function matching(wanted) {
    return all.filter(function (one) {
      return (wanted.provider === null || one.provider === wanted.provider) &&
        (wanted.list === null || one.list === wanted.list) &&
        (wanted.klass === null || one.class === wanted.klass);
    });
  }

  /* The days of a period, in days before today. */
  const spans = [];
  data.periods.reduce(function (age, period) {
    spans.push({first: age, last: age + period.days - 1, date: period.date,
      monday: new Date(period.date + 'T00:00Z').getUTCDay() === 1});
    return age + period.days;
  }, 0);

  function sum(series, first, last) {
    return series.reduce(function (all, one) {
      for (let i = 0; i < one.failures.length && spans[i].first <= last; i++)
        if (spans[i].first >= first) all += one.failures[i];
      return all;
    }, 0);
  }

  /* Bars of a chart, the oldest first: days, or weeks if there are too many days. */
  function bars(days) {
    const out = [];
    spans.filter(function (span) { return span.first < days; }).reverse().forEach(function (span) {
      if (out.length === 0 || days <= 90 || span.monday) out.push({first: span.first, last: span.last, date: span.date});
      else out[out.length - 1].first = span.first;
    });
    return out;
  }

  /* --- tables --- */

  function cell(row, content, heading) {
    const td = row.appendChild(document.createElement(heading ? 'th' : 'td'));
    if (heading) td.scope = 'row';
    if (content === null) {
      td.appendChild(document.createElement('i')).textContent = 'all others';
    } else if (typeof content === 'number') {
      td.className = 'n';
      td.textContent = number(content);
    } else if (content.number !== undefined) {
      td.className = 'n';
      td.textContent = content.number;
    } else if (content.none !== undefined) {
      td.appendChild(document.createElement('i')).textContent = content.none;
    } else if (content.name !== undefined) {
      td.appendChild(document.createElement('bdi')).textContent = visible(content.name);
    } else {
      td.textContent = visible(content);
    }
  }

  function fill(id, rows) {
    const table = document.getElementById(id);
    if (table === null) return;
    const body = document.createElement('tbody');
    rows.forEach(function (cells) {
      const row = body.appendChild(document.createElement('tr'));
      cells.forEach(function (content, i) { cell(row, content, i === 0); });
    });
    if (rows.length === 0) {
      const td = body.appendChild(document.createElement('tr')).appendChild(document.createElement('td'));
      td.colSpan = 9;
      td.textContent = 'none';
    }
    table.tBodies[0].replaceWith(body);
  }

  function byClass(series, first, last) {
    return CLASSES.map(function (klass) {
      return sum(series.filter(function (one) { return one.class === klass; }), first, last);
    });
  }

  function byReputation(series, first, last) {
    return REPUTATIONS.map(function (reputation) {
      return sum(series.filter(function (one) { return one.reputation === reputation; }), first, last);
    });
  }

  const total = function (numbers) { return numbers.reduce(function (a, b) { return a + b; }, 0); };
  const withTotal = function (numbers) { return numbers.concat([total(numbers)]); };
  const heading = function (bar) { return bar.first === bar.last ? bar.date : 'week of ' + bar.date; };

  function fillDays(series, shown) {
    fill('windows', [7, 30, 90, 365].map(function (days) {
      return [days + ' days'].concat(withTotal(byClass(series, 0, days - 1)));
    }));
    fill('days-table', shown.slice().reverse().map(function (bar) {
      return [heading(bar)].concat(withTotal(byClass(series, bar.first, bar.last)));
    }));
    fill('reputation-days', shown.slice().reverse().map(function (bar) {
      return [heading(bar)].concat(withTotal(byReputation(series, bar.first, bar.last)));
    }).filter(function (row) { return row[row.length - 1] > 0; }));
  }

  const recognised = function (names, i, unknown) {
    const one = name(names, i, '');
    return one === null ? null : one === '' ? {none: unknown} : {name: one};
  };

  function fillReputation(series, days) {
    const rows = [];
    for (let i = 0; i <= data.providers.length; i++) {
      const numbers = byReputation(series.filter(function (one) { return one.provider === i; }), 0, days - 1);
      if (total(numbers) > 0) rows.push([recognised(data.providers, i, 'unknown')].concat(withTotal(numbers)));
    }
    fill('reputation-table', rows);
  }

  /* The column of top reasons is of 30 days, whatever is shown. */
  const reasons = new Map();
  document.querySelectorAll('#providers-table tbody tr').forEach(function (row) {
    reasons.set(row.cells[0].textContent, row.cells[4].textContent);
  });

  function fillNames(id, names, key, unknown, series, days) {
    const rows = [];
    for (let i = 0; i <= names.length; i++) {
      const own = series.filter(function (one) { return one[key] === i; });
      const failures = sum(own, 0, days - 1);
      if (failures === 0) continue;
      const permanent = sum(own.filter(function (one) { return one.class === 'permanent'; }), 0, days - 1);
      const row = [recognised(names, i, unknown), failures, {number: share(permanent, failures)},
        {number: trend(sum(own, 0, 6), sum(own, 7, 13))}];
      if (key === 'provider') row.push(reasons.get(i < names.length ? visible(name(names, i, unknown)) : 'all others') || '');
      rows.push([failures, row]);
    }
    rows.sort(function (a, b) { return (a[1][0] === null) - (b[1][0] === null) || b[0] - a[0]; });
    fill(id, rows.map(function (row) { return row[1]; }));
  }

  function fillDomains(wanted) {
    const provider = wanted.provider === null ? null : data.providers[wanted.provider];
    fill('domains-table', data.domains.filter(function (domain) {
      return wanted.provider === null ||
        (provider ? provider.provider === domain.provider : data.providers.every(function (one) {
          return one.provider !== domain.provider;
        }));
    }).map(function (domain) {
      const known = data.providers.find(function (one) { return one.provider === domain.provider; });
      const failures = wanted.klass === null ? domain.failures : domain.classes[wanted.klass];
      const permanent = wanted.klass === null || wanted.klass === 'permanent' ? domain.classes.permanent : 0;
      return [{name: domain.domain || '(unknown)'},
        domain.provider === null ? {none: 'unknown'} : {name: known ? known.name : domain.provider},
        domain.domains, failures, {number: share(permanent, failures)}, domain.meaning];
    }).filter(function (row) { return row[3] > 0; }).sort(function (a, b) { return b[3] - a[3]; }));
  }

  const TIMES = Array.from(document.querySelectorAll('#times-table tbody th')).map(function (th) { return th.textContent; });

  /* Failures by class and time, of 30 days. */
  function times(wanted) {
    return CLASSES.map(function (klass) {
      return data.times.reduce(function (sums, one) {
        const counts = one.class === klass && (wanted.klass === null || wanted.klass === klass) &&
          (wanted.provider === null || wanted.provider === one.provider);
        return counts ? sums.map(function (sum, i) { return sum + one.failures[i]; }) : sums;
      }, TIMES.map(function () { return 0; }));
    });
  }

  function fillTimes(wanted) {
    const classes = times(wanted), known = total(classes.map(total));
    fill('times-table', TIMES.map(function (label, i) {
      const row = withTotal(classes.map(function (numbers) { return numbers[i]; }));
      return [label].concat(row, [{number: share(row[row.length - 1], known)}]);
    }));
  }

  function hideRemedies(wanted) {
    document.querySelectorAll('#remedies-table tr[data-provider]').forEach(function (row) {
      row.hidden = (wanted.provider !== null && Number(row.dataset.provider) !== wanted.provider) ||
        (wanted.klass !== null && !row.dataset.classes.split(' ').includes(wanted.klass));
    });
  }

  /* --- charts --- */

  const color = function (what) { return getComputedStyle(document.documentElement).getPropertyValue('--' + what).trim(); };

  function options(stacked) {
    const grid = {color: color('line')}, ticks = {color: color('soft'), precision: 0, maxRotation: 0};
    return {animation: false, responsive: true, maintainAspectRatio: false,
      interaction: {mode: 'index', intersect: false},
      scales: {x: {stacked: stacked, grid: {display: false}, ticks: Object.assign({autoSkip: true}, ticks)},
        y: {stacked: stacked, beginAtZero: true, grid: grid, ticks: ticks}},
      plugins: {legend: {position: 'bottom', labels: {color: color('ink'), boxWidth: 12}}}};
  }

  function draw(id, labels, sets) {
    const canvas = document.getElementById(id);
    if (canvas === null) return;
    canvas.parentNode.hidden = false;
    charts.push(new Chart(canvas, {type: 'bar', data: {labels: labels, datasets: sets.filter(function (set) {
      return total(set.data) > 0;
    })}, options: options(true)}));
  }

  const set = function (label, what, numbers) { return {label: label, data: numbers, backgroundColor: color(what)}; };

  function drawAll(series, shown, wanted) {
    if (typeof Chart !== 'function') return;
    charts.forEach(function (chart) { chart.destroy(); });
    charts = [];
    const labels = shown.map(function (bar) {
      return bar.first === 0 && bar.last === 0 ? 'today' : wanted.days > 90 ? bar.date : bar.date.slice(5);
    });
    const classes = shown.map(function (bar) { return byClass(series, bar.first, bar.last); });
    const reputations = shown.map(function (bar) { return byReputation(series, bar.first, bar.last); });
    const column = function (rows, i) { return rows.map(function (row) { return row[i]; }); };
    draw('days-chart', labels, CLASSES.map(function (klass, i) { return set(klass, klass, column(classes, i)); }));
    draw('reputation-chart', labels, REPUTATIONS.map(function (one, i) {
      const label = LABELS[one] || one;
      return set(label, label.toLowerCase(), column(reputations, i));
    }));
    const byTime = times(wanted);
    draw('times-chart', TIMES, CLASSES.map(function (klass, i) { return set(klass, klass, byTime[i]); }));
    const days = data.list.slice().reverse();
    draw('list-chart', days.map(function (day) { return day.date; }), ['suppressed', 'held', 'lifted'].map(function (what) {
      return set(what, what, days.map(function (day) { return day[what]; }));
    }));
  }

  /* --- together --- */

  function update() {
    const wanted = filter(), series = matching(wanted), shown = bars(wanted.days);
    fillDays(series, shown);
    fillReputation(series, wanted.days);
    fillNames('providers-table', data.providers, 'provider', 'unknown', series, wanted.days);
    fillNames('lists-table', data.lists, 'list', 'no list', series, wanted.days);
    fillDomains(wanted);
    fillTimes(wanted);
    hideRemedies(wanted);
    document.querySelectorAll('.unfiltered').forEach(function (note) {
      note.classList.toggle('on', wanted.list !== null);
    });
    document.getElementById('shown').textContent =
      number(sum(series, 0, wanted.days - 1)) + ' failures in ' + wanted.days + ' days';
    drawAll(series, shown, wanted);
  }

  form.hidden = false;
  form.addEventListener('change', update);
  form.addEventListener('submit', function (event) { event.preventDefault(); });
  form.addEventListener('reset', function () { setTimeout(update, 0); });
  if (typeof Chart === 'function')
    document.querySelectorAll('details').forEach(function (details) { details.open = false; });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', update);
  addEventListener('beforeprint', function () {
    document.querySelectorAll('details').forEach(function (details) { details.open = true; });
    charts.forEach(function (chart) { chart.resize(); });
  });
  update();
}());
