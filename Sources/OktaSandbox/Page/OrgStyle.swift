/// The page's style sheet: the system's font, one accent, light and dark.
enum OrgStyle {
    static let sheet = """
        :root { color-scheme: light dark; --text: #1c2024; --soft: #5b6570; --line: #d8dde2; --page: #ffffff;
          --accent: #0b57a4; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #e6e9ec; --soft: #a3adb8; --line: #363d45; --page: #15181b; --accent: #8ab8ec; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 76rem; padding: 16px; background: var(--page); color: var(--text);
          font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
        h1 { font-size: 22px; margin: 0; }
        h2 { font-size: 17px; margin: 32px 0 8px; }
        header p, caption { color: var(--soft); margin: 0; }
        dl { display: flex; flex-wrap: wrap; gap: 8px 24px; margin: 0; }
        dt { color: var(--soft); font-size: 13px; }
        dd { margin: 0; font-size: 20px; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; }
        caption { text-align: left; padding: 0 0 4px; }
        th, td { text-align: left; vertical-align: top; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--line); }
        tbody th { font-weight: 500; }
        code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
        nav ul { display: flex; gap: 4px; list-style: none; margin: 8px 0 0; padding: 0; }
        nav a { display: block; padding: 4px 10px; border: 1px solid var(--line); color: var(--accent); }
        nav a[aria-current] { font-weight: 700; border-color: var(--accent); }
        form { margin: 0 0 8px; }
        button, input { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line);
          padding: 6px 12px; }
        .narrow { max-width: 26rem; }
        .narrow label, .narrow input:not([type=hidden]) { display: block; width: 100%; margin: 8px 0 0; }
        .narrow button { margin: 16px 8px 0 0; border-color: var(--accent); color: var(--accent); }
        .note { color: var(--soft); }
        button:focus-visible, input:focus-visible, a:focus-visible, .wide:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

        """
}
