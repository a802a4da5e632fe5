import Core
import Testing

@testable import Flows

/// The same for what came later: schedules, waits, approvals, sub-flows, branches, retries, time-outs, `on_error`.
extension FlowFileTests {
    private static let timeOfDay = "\"at\" must be a time of day in UTC such as 02:30, or a list of them"
    private static let times = "\"at\" must hold 1 to 48 times"
    private static let every =
        "\"every\" of \"schedule\" of the trigger must be a length of time from 1m to 30d, such as 90s, 15m, 2h or 3d"
    private static let days =
        "\"days\" of \"schedule\" of the trigger must be a list of different days: mon, tue, wed, thu, fri, sat, sun"
    private static let dates =
        "\"dates\" of \"schedule\" of the trigger must be a list of different days of the month, from 1 to 31"
    private static let oneOf = "a schedule must have exactly one of: every, at"

    @Test(
        "mistakes in a schedule",
        arguments: [
            ("every: 30s", every), ("every: 31d", every), ("every: 1.5h", every), ("every: hourly", every),
            ("every: { hours: 1 }", every), ("at: 2:30am", timeOfDay), ("at: '24:00'", timeOfDay),
            ("at: ['02:30', 7]", timeOfDay), ("at: []", times),
            ("at: '02:30'\n    days: [monday]", days), ("at: '02:30'\n    days: [mon, mon]", days),
            ("at: '02:30'\n    days: []", days), ("at: '02:30'\n    dates: 1", dates),
            ("at: '02:30'\n    dates: [0]", dates), ("at: '02:30'\n    dates: [1, 1]", dates),
            ("at: '02:30'\n    missed: always", "\"missed\" of \"schedule\" of the trigger must be one of: once, skip"),
            (
                "every: 1h\n    cron: 0 * * * *",
                "\"schedule\" of the trigger has no key \"cron\"; known: every, at, missed, days, dates"
            ),
            ("every: 1h\n    at: '02:30'", oneOf), ("missed: once", oneOf),
            ("every: 1h\n    days: [mon]", "\"days\" and \"dates\" go with \"at\""),
            ("at: '02:30'\n    days: [mon]\n    dates: [1]", "a schedule has \"days\" or \"dates\", not both"),
        ])
    func schedule(_ schedule: String, _ expected: String) {
        let found = problem(
            "flow: f\ntitle: F\ntrigger:\n  schedule:\n    \(schedule)\nsteps:\n\(Self.find)")
        // What is wrong in one line names that line; what is wrong with all of it names its first.
        let isWhole = !expected.hasPrefix("\"") || expected.hasPrefix("\"days\" and")
        let line = isWhole || !schedule.contains("\n") ? 5 : 6
        #expect(found.hasPrefix("f.yaml:\(line): \(expected)"), "\(found)")
    }

    @Test("a schedule's flow knows its tick alone")
    func tick() {
        let wrong = "  - a: { action: okta.suspend_user, with: { user_id: { from: trigger.record.email } } }"
        #expect(
            problem(file(wrong, trigger: "{ schedule: { every: 1h } }"))
                == "f.yaml:6: trigger.record.email is unknown; expected trigger.tick.at.")
        #expect(
            problem(file(Self.find, trigger: "{ schedule: { every: 1h }, if: [] }"))
                == "f.yaml:3: the trigger has no key \"if\"; known: schedule.")
        #expect(
            problem(file(Self.find, trigger: "{ schedule: 1h }")).hasPrefix(
                "f.yaml:3: \"schedule\" of the trigger must be a map"))
    }

    private static let length = "must be a length of time from 1s to 1d, such as 90s, 15m, 2h or 3d"

    @Test(
        "mistakes in a retry",
        arguments: [
            ("{}", "\"retry\" of step a needs \"times\""), ("{ first: 10s }", "\"retry\" of step a needs \"times\""),
            ("{ times: 0 }", "\"times\" of \"retry\" of step a must be a whole number from 1 to 10"),
            ("{ times: 11 }", "\"times\" of \"retry\" of step a must be a whole number from 1 to 10"),
            ("{ times: often }", "\"times\" of \"retry\" of step a must be a whole number"),
            ("{ times: 2, first: 0s }", "\"first\" of \"retry\" of step a \(length)"),
            ("{ times: 2, first: 10 }", "\"first\" of \"retry\" of step a \(length)"),
            ("{ times: 2, most: 2d }", "\"most\" of \"retry\" of step a \(length)"),
            ("{ times: 2, factor: 0 }", "\"factor\" of \"retry\" of step a must be a whole number from 1 to 10"),
            ("{ times: 2, factor: 1.5 }", "\"factor\" of \"retry\" of step a must be a whole number"),
            (
                "{ times: 2, delay: 5s }",
                "\"retry\" of step a has no key \"delay\"; known: times, first, factor, most"
            ),
            ("3", "\"retry\" of step a must be a map"),
        ])
    func retry(_ retry: String, _ expected: String) {
        let steps = "  - a:\n      action: okta.suspend_user\n      with: { user_id: x }\n      retry: \(retry)"
        let found = problem(file(steps))
        #expect(found.hasPrefix("f.yaml:9: \(expected)"), "\(found)")
    }

    private static let long = "must be a length of time from 1s to 366d, such as 90s, 15m, 2h or 3d"
    private static let asks = "  - a: { approval: { says: Agreed?, role: r, expires: 3d } }\n"

    @Test(
        "mistakes in steps that wait, ask or start a flow",
        arguments: [
            ("  - a: { wait: soon }", "f.yaml:6: \"wait\" of step a \(long)"),
            ("  - a: { wait: 367d }", "f.yaml:6: \"wait\" of step a \(long)"),
            ("  - a: { wait: {} }", "f.yaml:6: \"wait\" of step a needs \"until\""),
            (
                "  - a: { wait: { until: tomorrow } }",
                "f.yaml:6: \"until\" must be a reference, or a moment such as 2026-11-21T09:00:00Z"
            ),
            (
                "  - a: { wait: { until: { from: b.at } } }",
                "f.yaml:6: b.at leads to no earlier step; known here: trigger"
            ),
            ("  - a: { wait: 1h, retry: { times: 1 } }", "f.yaml:6: step a has no key \"retry\"; known: wait"),
            (
                "  - a: { wait: 1h }\n  - b: { wait: { until: { from: a.until } } }",
                "f.yaml:7: a.until is no output of step a; expected a.at"
            ),
            (
                "  - a:\n      action: okta.suspend_user\n      with: { user_id: x }\n      timeout: never",
                "f.yaml:9: \"timeout\" of step a \(long)"
            ),
            ("  - a: { approval: { role: r, expires: 3d } }", "f.yaml:6: \"approval\" of step a needs \"says\""),
            (
                "  - a: { approval: { says: \"Agreed?\\nReally?\", role: r, expires: 3d } }",
                "f.yaml:6: \"says\" of \"approval\" of step a must be one line of at most 500 characters"
            ),
            (
                "  - a: { approval: { says: Agreed?, role: r } }",
                "f.yaml:6: \"approval\" of step a needs \"expires\", such as 3d"
            ),
            (
                "  - a:\n      approval:\n        says: Agreed?\n        role: r\n        expires: 30s",
                "f.yaml:10: \"expires\" of \"approval\" of step a must be a length of time from 1m to 366d"
            ),
            (
                "  - a: { approval: { says: Agreed?, expires: 3d } }",
                "f.yaml:6: \"approval\" of step a must have exactly one of: role, user"
            ),
            (
                "  - a: { approval: { says: Agreed?, role: r, user: u, expires: 3d } }",
                "f.yaml:6: \"approval\" of step a must have exactly one of: role, user"
            ),
            (
                "  - a: { approval: { says: Agreed?, role: r, expires: 3d, show: { password: x } } }",
                "f.yaml:6: password of \"show\" of \"approval\" of step a is written out; a flow holds no credential"
            ),
            (
                asks + "  - b: { action: okta.suspend_user, with: { user_id: { from: a.by } } }",
                "f.yaml:7: a.by is no output of step a; expected a.decided_by"
            ),
            ("  - a: { flow: f }", "f.yaml:6: flow f must not start itself"),
            ("  - a: { flow: My Flow }", "f.yaml:6: the flow that step a starts must be a name"),
            ("  - a: { flow: g, input: [x] }", "f.yaml:6: \"input\" of step a must be a map"),
            (
                "  - a: { flow: g, with: { x: y } }",
                "f.yaml:6: step a has no key \"with\"; known: flow, input, timeout"
            ),
            ("  - a: { flow: g, timeout: 0s }", "f.yaml:6: \"timeout\" of step a \(long)"),
            (
                "  - a: { flow: g }\n  - b: { action: okta.suspend_user, with: { user_id: { from: a.id } } }",
                "f.yaml:7: a.id is no output of step a; expected a.execution"
            ),
        ])
    func pauses(_ steps: String, _ expected: String) {
        let found = problem(file(steps))
        #expect(found.hasPrefix(expected), "\(found)")
    }

    @Test(
        "mistakes in the members of an object",
        arguments: [
            ("x: { members: { y: z } }", "f.yaml:6: \"members\" inside \"members\"; an action takes one level"),
            ("password: letmein", "f.yaml:6: password of \"members\" is written out; a flow holds no credential"),
            ("x: { from: b.id }", "f.yaml:6: b.id leads to no earlier step"),
            ("x: null", "f.yaml:6: a value must not be empty"),
        ])
    func members(_ inner: String, _ expected: String) {
        let found = problem(file("  - a: { action: okta.suspend_user, with: { user_id: { members: { \(inner) } } } }"))
        #expect(found.hasPrefix(expected), "\(found)")
    }

    private static let left = "        left:\n          - x: { action: okta.lookup_user, with: { login: a } }\n"

    @Test(
        "mistakes in branches",
        arguments: [
            ("\(left)", "f.yaml:8: \"parallel\" of step both must have 2 to 20 branches, each a name and its steps"),
            ("        - x: { wait: 1h }\n", "f.yaml:8: \"parallel\" of step both must be a map"),
            ("\(left)        right: []\n", "f.yaml:10: steps must be a list that is not empty"),
            ("\(left)        x:\n          - y: { wait: 1h }\n", "f.yaml:10: the name x is taken by line 9"),
            ("\(left)        Right:\n          - y: { wait: 1h }\n", "f.yaml:10: \"Right\" is no name for a step"),
            (
                "\(left)        right:\n          - y: { action: okta.suspend_user, with: { user_id: { from: x.id } } }\n",
                "f.yaml:11: x.id leads to no earlier step"
            ),
            (
                "\(left)        right:\n          - y: { wait: 1h }\n      at_once: 9\n",
                "f.yaml:12: \"at_once\" of step both must be a whole number from 1 to 8"
            ),
        ])
    func branches(_ branches: String, _ expected: String) {
        let found = problem(file("  - both:\n      parallel:\n\(branches)"))
        #expect(found.hasPrefix(expected), "\(found)")
    }

    @Test(
        "mistakes in the error branch, and in the flow's own time-out",
        arguments: [
            ("on_error: []", "f.yaml:8: steps must be a list that is not empty"),
            ("on_error: { mark: x }", "f.yaml:8: steps must be a list that is not empty"),
            (
                "on_error:\n  - find: { action: okta.lookup_user, with: { login: a } }",
                "f.yaml:9: the name find is taken by line 6"
            ),
            (
                "on_error:\n  - a: { wait: 1h }",
                "f.yaml:9: wait must not stand in \"on_error\", which waits for nothing"
            ),
            (
                "on_error:\n\(asks)",
                "f.yaml:9: approval must not stand in \"on_error\", which waits for nothing"
            ),
            ("on_error:\n  - a: { flow: g }", "f.yaml:9: flow must not stand in \"on_error\", which waits for nothing"),
            (
                "on_error:\n  - a:\n      parallel:\n        b: [{ c: { action: okta.lookup_user, with: { login: a } } }]\n"
                    + "        d:\n          - e: { wait: 1h }",
                "f.yaml:13: wait must not stand in \"on_error\", which waits for nothing"
            ),
            ("timeout: 367d", "f.yaml:8: \"timeout\" of a flow \(long)"),
            ("timeout: [1h]", "f.yaml:8: \"timeout\" of a flow \(long)"),
            ("retry: { times: 1 }", "f.yaml:8: a flow has no key \"retry\""),
        ])
    func ends(_ more: String, _ expected: String) {
        let found = problem(file(Self.find, more: more))
        #expect(found.hasPrefix(expected), "\(found)")
    }
}
