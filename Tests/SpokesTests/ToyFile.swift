import Documents
import Testing

@testable import Spokes

/// A spoke file of the shortest kind, in parts that tests put together.
enum ToyFile {
    static let head = """
        spoke: toy
        title: Toy
        version: 1
        source: test
        base: "{connection.url}"
        authentication: [api_key_ssws]
        errors: { code: /code }
        """

    static let input = """
            input:
              type: object
              required: [id]
              additionalProperties: false
              properties:
                id: { type: string, maxLength: 9, description: an id }
        """

    /// One action that reads.
    static func look(permissions: String = "[]") -> String {
        """
        actions:
          look:
            name: Look
            says: Looks.
            kind: request
            request: { method: GET, path: "/a/{id}" }
        \(input)
            output: { id: /id }
            success: [200]
            scopes: []
            permissions: \(permissions)
            destructive: no
            repeat: safe
        """
    }

    static func read(_ text: String) throws(DocumentProblem) -> Spoke {
        try Spoke.read(Array(text.utf8), file: "toy.yaml")
    }

    /// The file, with something put in its place, is refused with these words.
    static func expectMistake(in file: String, _ part: String, _ instead: String, says wanted: String) {
        #expect(file.contains(part), "the row fits the file")
        do throws(DocumentProblem) {
            _ = try read(file.replacing(part, with: instead))
            Issue.record("\(instead) is no mistake")
        } catch {
            #expect("\(error)".contains(wanted), "\(error)")
        }
    }

    /// One whose resource set holds things.
    ///
    /// - Parameter setUp: what stands in `set_up`, indented by two.
    static func with(setUp: String) -> String {
        """
        \(head)
        sources: { doc: the document }
        resources: [things]
        set_up:
        \(setUp)
        \(look(permissions: "[{ name: toy.things.read, basis: proved, source: doc }]"))
        """
    }
}

/// A file that holds a mistake: what is put in whose place, and where and how it is named.
struct Mistake: Sendable, CustomTestStringConvertible {
    let name: String
    let from: String
    let to: String
    let line: Int
    let says: String
    var testDescription: String { name }

    func isNamed(in file: String) throws {
        try #require(file.contains(from), "the row fits the file")
        let text = file.replacing(from, with: to, maxReplacements: 1)
        #expect {
            try ToyFile.read(text)
        } throws: { error in
            guard let problem = error as? DocumentProblem else { return false }
            #expect(problem.line == line && problem.what.contains(says), "\(problem)")
            return true
        }
    }
}
