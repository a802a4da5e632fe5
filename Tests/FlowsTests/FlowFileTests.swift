import Core
import Testing

@testable import Flows

/// A mistake in a file is refused with file, line and what was expected.
struct FlowFileTests {
    func problem(_ source: String) -> String {
        do {
            _ = try FlowChecker.load(source, file: "f.yaml", FakeCatalogue())
            return ""
        } catch let error as HubError { return error.message } catch { return "\(error)" }
    }

    /// A file whose steps begin on line 5.
    func file(_ steps: String, trigger: String = "{ record: hr_leaver, when: inserted }", more: String = "")
        -> String
    {
        "flow: f\ntitle: F\ntrigger: \(trigger)\nuses: { okta: okta-prod }\nsteps:\n\(steps)\n\(more)"
    }

    @Test("the shipped examples load", arguments: ["offboard-leaver", "purge-user", "monthly-review"])
    func examples(_ name: String) throws {
        let flow = try FlowChecker.load(try example(name), file: "\(name).yaml", FakeCatalogue())
        #expect(flow.name == name)
        #expect(flow.uses.map(\.alias) == ["okta-prod"])
    }

    static let find = "  - find: { action: okta.lookup_user, with: { login: a } }\n"
    private static let groups = "  - groups: { action: okta.user_groups_stream, with: { user_id: a } }\n"

    @Test(
        "mistakes in steps",
        arguments: [
            (
                "  - find: { action: okta.lookup_usr, with: { login: a } }",
                "f.yaml:6: spoke okta has no action lookup_usr; it has: "
            ),
            ("  - find: { action: oktapus.lookup_user }", "f.yaml:6: \"uses\" does not name the spoke oktapus"),
            ("  - find: { action: lookup }", "f.yaml:6: \"action\" of step find must be spoke.action"),
            ("  - find: { action: okta.lookup_user }", "f.yaml:6: step find needs \"login\""),
            (
                "  - find: { action: okta.lookup_user, with: { login: a, color: b } }",
                "f.yaml:6: okta.lookup_user has no input \"color\"; it has: login, note"
            ),
            (
                find + "  - find: { action: okta.lookup_user, with: { login: a } }",
                "f.yaml:7: the name find is taken by line 6"
            ),
            ("  - Find: { action: okta.lookup_user }", "f.yaml:6: \"Find\" is no name for a step"),
            ("  - trigger: { action: okta.lookup_user }", "f.yaml:6: \"trigger\" is no name for a step"),
            (
                "  - a: { action: okta.suspend_user, with: { user_id: { from: find.id } } }\n" + find,
                "f.yaml:6: find.id leads to no earlier step; known here: trigger"
            ),
            (
                "  - a: { action: okta.suspend_user, with: { user_id: { from: a.id } } }",
                "f.yaml:6: a.id leads to no earlier step"
            ),
            (
                find + "  - a: { action: okta.suspend_user, with: { user_id: { from: find } } }",
                "f.yaml:7: find must name an output, such as find.id"
            ),
            (
                find + "  - a: { action: okta.delete_user, with: { user_id: { from: find.idd } } }",
                "f.yaml:7: find.idd is no output of step find; expected find.id or find.status"
            ),
            (
                "  - s: { action: okta.suspend_user, with: { user_id: a } }\n"
                    + "  - a: { action: okta.delete_user, with: { user_id: { from: s.id } } }",
                "f.yaml:7: s.id is no output of step s; it has no outputs"
            ),
            (
                groups
                    + "  - a: { for_each: { from: groups.items, as: g }, do: [{ b: { action: okta.delete_user, with: { user_id: { from: g.idd } } } }] }",
                "f.yaml:7: g.idd is no member of g; expected g.id or g.type"
            ),
            (
                groups
                    + "  - a: { for_each: { from: groups.items, as: g, if: [{ field: kind, is: x }] }, do: [{ b: { action: okta.delete_user, with: { user_id: { from: g.id } } } }] }",
                "f.yaml:7: \"if\" of step a names kind, which items of groups.items do not have; they have: id, type"
            ),
            (
                groups + "  - a: { action: okta.suspend_user, with: { user_id: { from: groups.id } } }",
                "f.yaml:7: groups.id is no output of step groups; expected groups.items or groups.count"
            ),
            (
                "  - a: { action: okta.suspend_user, with: { user_id: { from: trigger.email } } }",
                "f.yaml:6: trigger.email is unknown; expected trigger.record.<field>"
            ),
            (
                "  - a: { action: okta.suspend_user, with: { user_id: { from: trigger.input.x } } }",
                "f.yaml:6: trigger.input.x is unknown"
            ),
            (
                "  - a: { action: okta.suspend_user, with: { user_id: { from: 'x + y' } } }",
                "f.yaml:6: \"from\" must be a reference"
            ),
            (
                "  - a: { action: okta.suspend_user, with: { user_id: { form: find.id } } }",
                "f.yaml:6: a value needs \"from\""
            ),
            (
                find + "  - a: { action: okta.lookup_user, most: 3, with: { login: a } }",
                "f.yaml:7: \"most\" is for actions that answer a list"
            ),
            (
                groups
                    + "  - a: { for_each: { from: groups.count, as: g }, do: [{ b: { action: okta.suspend_user, with: { user_id: { from: g.id } } } }] }",
                "f.yaml:7: groups.count is no list; expected groups.items"
            ),
            (
                "  - a: { for_each: { from: trigger.record.x, as: g }, do: [{ b: { action: okta.suspend_user, with: { user_id: a } } }] }",
                "f.yaml:6: trigger.record.x is no list"
            ),
            (
                groups + "  - a: { for_each: { from: groups.items, as: groups }, do: [] }",
                "f.yaml:7: the name groups is taken by line 6"
            ),
            (
                groups + "  - a: { for_each: { from: groups.items, as: g, most: 5000 }, do: [] }",
                "f.yaml:7: \"most\" of \"for_each\" of step a must be a whole number from 1 to 1000"
            ),
            (
                groups + "  - a: { for_each: { from: groups.items, as: g }, do: [] }",
                "f.yaml:7: steps must be a list that is not empty"
            ),
            (
                groups
                    + "  - a:\n      for_each: { from: groups.items, as: g }\n      do: [{ b: { action: okta.suspend_user, with: { user_id: { from: g.id } } } }]\n  - c: { action: okta.suspend_user, with: { user_id: { from: b.id } } }",
                "f.yaml:10: b.id leads to no earlier step"
            ),
            (
                "  - a: { record: delete, table: t, id: x, set: { a: b } }",
                "f.yaml:6: \"record\" of step a must be update"
            ),
            (
                "  - a: { record: update, table: t, id: x, set: {} }",
                "f.yaml:6: \"set\" of step a must be a map of at least one column"
            ),
            (
                "  - a: { run: x }",
                "f.yaml:6: step a must have exactly one of: action, record, for_each, parallel, wait, approval, flow"
            ),
            ("  - a", "f.yaml:6: a step must be one name"),
            (
                "  - a: { action: okta.lookup_user, with: { login: 'https://x.okta.com' } }",
                "f.yaml:6: a flow holds no URL"
            ),
            ("  - a: { action: okta.lookup_user, connection: okta-1 }", "f.yaml:6: a flow names no connection"),
            (
                "  - a: { action: okta.lookup_user, with: { login: SSWS 00abc } }",
                "f.yaml:6: this looks like a credential"
            ),
            (
                "  - a: { action: okta.lookup_user, with: { login: 00QpTx7s0mZ4h1WbC9vN2eRk5uYg8jLa3dFi6oSxBn } }",
                "f.yaml:6: this looks like a credential"
            ),
            (
                "  - a: { action: okta.lookup_user, with: { api_key: abc } }",
                "f.yaml:6: api_key of \"with\" of step a is written out; a flow holds no credential"
            ),
        ])
    func steps(_ steps: String, _ expected: String) {
        let found = problem(file(steps))
        #expect(found.hasPrefix(expected), "\(found)")
    }

    @Test(
        "mistakes elsewhere",
        arguments: [
            ("flow: f\ntitle: F\n", "f.yaml:1: a flow needs \"trigger\""),
            ("flow: F\n", "f.yaml:1: the flow's name must be a name"),
            ("flow: f\ntitle: F\ntrigger: daily\nsteps: []", "f.yaml:3: the trigger must be \"manual\", { record"),
            (
                "flow: f\ntitle: F\ntrigger: { record: t, when: saved }\nsteps: []",
                "f.yaml:3: \"when\" of the trigger must be one of: inserted, updated, deleted"
            ),
            (
                "flow: f\ntitle: F\ntrigger: { record: t, when: inserted, if: [{ field: a }] }\nsteps: []",
                "f.yaml:3: a condition must have exactly one of"
            ),
            (
                "flow: f\ntitle: F\ntrigger: { record: t, when: inserted, if: [{ field: a, is: b, in: [c] }] }\nsteps: []",
                "f.yaml:3: a condition must have exactly one of"
            ),
            (
                "flow: f\ntitle: F\ntrigger: { record: t, when: inserted, if: [{ field: a, over: 3 }] }\nsteps: []",
                "f.yaml:3: a condition has no key \"over\""
            ),
            ("flow: f\ntitle: F\ntrigger: manual\nuses: { okta: https }\nsteps:\n", "f.yaml:5: steps must be a list"),
            (
                "flow: f\ntitle: F\ntrigger: manual\nuses: { okta: x.okta.com }\nsteps: []",
                "f.yaml:4: the alias for okta must be a name"
            ),
            (
                "flow: f\ntitle: F\ntrigger: manual\nuses: { azure: a }\nsteps: [{ a: { record: update, table: t, id: x, set: { a: b } } }]",
                "f.yaml:4: there is no spoke azure"
            ),
            (
                "flow: f\ntitle: F\ntrigger: { manual: { x: { type: list } } }\nsteps: []",
                "f.yaml:3: \"type\" of input x must be one of: text, int, bool"
            ),
            (
                "flow: f\ntitle: F\ntrigger: manual\nsteps: [{ a: { record: update, table: t, id: x, set: { a: b } } }]\nspeed: 3",
                "f.yaml:5: a flow has no key \"speed\""
            ),
        ])
    func elsewhere(_ source: String, _ expected: String) {
        let found = problem(source)
        #expect(found.hasPrefix(expected), "\(found)")
    }

    @Test(
        "references that lead to an output, or to one that nobody knows",
        arguments: [
            (find, "find.id"), (find, "find.status.name"), (groups, "groups.count"), (groups, "groups.more"),
            ("  - s: { action: okta.delete_user, with: { user_id: a } }\n", "s.anything"),
        ])
    func known(_ step: String, _ reference: String) {
        let use = "  - a: { action: okta.suspend_user, with: { user_id: { from: \(reference) } } }"
        #expect(problem(file(step + use)) == "")
    }

    @Test func theErrorBranchMayNotRelyOnSteps() {
        let found = problem(
            file(
                Self.find,
                more: "on_error:\n  - mark: { record: update, table: t, id: { from: find.id }, set: { a: b } }"))
        #expect(found.contains("find.id leads to no earlier step"), "\(found)")
    }

    @Test func bounds() {
        let many = (0...Limits.flowSteps.value).map { "  - s\($0): { action: okta.lookup_user, with: { login: a } }" }
        #expect(problem(file(many.joined(separator: "\n"))) == "f.yaml:206: a flow has at most 200 steps.")
        #expect(problem(file(many.dropLast().joined(separator: "\n"))) == "")
        var deep = "  - s: { action: okta.lookup_user, with: { login: a } }"
        for level in 0...Limits.flowDepth.value {
            deep = "  - l\(level): { for_each: { from: groups.items, as: i\(level) }, do: [\(deep.dropFirst(4))] }"
            deep = deep.replacing("do: [s:", with: "do: [{ s:").replacing("do: [l", with: "do: [{ l")
                .replacing("] }", with: " }] }")
        }
        #expect(problem(file(Self.groups + deep)) != "")
    }

    @Test func noProblemShowsAValue() {
        let found = problem(file("  - a: { action: okta.lookup_user, with: { login: Bearer canary-4711 } }"))
        #expect(found.contains("looks like a credential"))
        #expect(!found.contains("canary"))
    }

    @Test(
        "conditions compare for equality only",
        arguments: [
            (Condition.Test.is("a"), "a" as JSON, true), (.is("a"), "b", false), (.is("a"), .null, false),
            (.is("1"), 1, true), (.is("true"), true, true), (.is("a"), .array(["a"]), false),
            (.isNot("a"), "b", true), (.isNot("a"), "a", false), (.isNot("a"), .null, true),
            (.isIn(["a", "b"]), "b", true), (.isIn(["a", "b"]), "c", false),
            (.isEmpty(true), "", true), (.isEmpty(true), .null, true), (.isEmpty(true), "a", false),
            (.isEmpty(false), "a", true), (.isEmpty(false), .null, false), (.is("é"), "e\u{301}", false),
        ])
    func conditions(_ test: Condition.Test, _ value: JSON, _ expected: Bool) throws {
        let condition = Condition(field: "x.y", test: test)
        #expect(condition.holds(for: ["x": ["y": value]]) == expected)
        #expect(Condition(condition.json) == condition)
    }
}
