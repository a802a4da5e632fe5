import Core
import Ports
import Testing

@testable import Access

/// One pattern against one call.
struct RuleCase: Sendable, CustomTestStringConvertible {
    let rule: String
    let call: String
    let covers: Bool
    var table: String?
    var asked: String?

    init(_ rule: String, _ call: String, _ covers: Bool, table: String? = nil, asked: String? = nil) {
        (self.rule, self.call, self.covers, self.table, self.asked) = (rule, call, covers, table, asked)
    }
    var testDescription: String { "\(rule) \(covers ? "covers" : "does not cover") \(call)" }
}

@Test(
    "scope rules",
    arguments: [
        RuleCase("GET /a/b", "GET /a/b", true),
        RuleCase("GET /a/b", "HEAD /a/b", true),
        RuleCase("GET /a/b", "POST /a/b", false),
        RuleCase("POST /a/b", "HEAD /a/b", false),
        RuleCase("* /a/b", "DELETE /a/b", true),
        RuleCase("GET /a/b", "GET /a/b/c", false),
        RuleCase("GET /a/b", "GET /a", false),
        RuleCase("GET /a/b", "GET /a/B", false),
        RuleCase("GET /a/b", "GET /a/b/", false),
        RuleCase("GET /a/*", "GET /a/b", true),
        RuleCase("GET /a/*", "GET /a/", false),
        RuleCase("GET /a/*", "GET /a/b/c", false),
        RuleCase("GET /a/*/c", "GET /a/b/c", true),
        RuleCase("GET /a/**", "GET /a", true),
        RuleCase("GET /a/**", "GET /a/b/c/d", true),
        RuleCase("GET /a/**", "GET /ab", false),
        RuleCase("GET /a/**", "GET /a/../c", false),
        RuleCase("GET /a/**", "GET /a/./c", false),
        RuleCase("GET /a/**", "GET /a//c", false),
        RuleCase("GET /a/**", "GET a/b", false),
        RuleCase("GET /**", "GET /x", true),
        RuleCase("GET /t/**", "GET /t/x", true, table: "x", asked: "x"),
        RuleCase("GET /t/**", "GET /t/x", false, table: "x", asked: "y"),
        RuleCase("GET /t/**", "GET /t/x", false, table: "x", asked: nil),
        // Two spellings that Swift calls equal are different paths.
        RuleCase("GET /caf\u{E9}", "GET /cafe\u{301}", false),
    ])
func ruleCovers(_ row: RuleCase) {
    let rule = row.rule.split(separator: " ").map(String.init)
    let call = row.call.split(separator: " ").map(String.init)
    let subject = ScopeRule(scope: "s", method: rule[0], path: rule[1], table: row.table)
    let covers = CalledPath(call[1]).map { subject.covers(method: call[0], path: $0, table: row.asked) } ?? false
    #expect(covers == row.covers)
}

@Test(
    "what no rule may say",
    arguments: [
        ("get", "/a", nil, "method"), ("HEAD", "/a", nil, "method"), ("GET", "a", nil, "start with /"),
        ("GET", "/a//b", nil, "empty segment"), ("GET", "/a/", nil, "empty segment"), ("GET", "/a/../b", nil, ".."),
        ("GET", "/**/a", nil, "only at the end"), ("GET", "/a*", nil, "whole segment"),
        ("GET", "/a?x=1", nil, "character"), ("GET", "/a/{table}", nil, "character"),
        ("GET", "/a b", nil, "character"), ("GET", "/a", "Incident", "table"), ("GET", "/a", "", "table"),
    ] as [(String, String, String?, String)])
func ruleProblem(_ method: String, _ path: String, _ table: String?, _ says: String) throws {
    let problem = try #require(ScopeRule(scope: "s", method: method, path: path, table: table).problem)
    #expect(problem.contains(says))
}

@Test("RFC 6749 §3.3: scope-token", arguments: [("incident.read", true), ("a b", false), ("", false), ("a\"", false)])
func scopeToken(_ name: String, _ isToken: Bool) { #expect(ScopeName.isToken(name) == isToken) }
