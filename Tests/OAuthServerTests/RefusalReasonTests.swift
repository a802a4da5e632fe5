import Core
import Foundation
import Testing

@testable import OAuthServer

@Suite("Reasons of refusals") struct RefusalReasonTests {
    static let all = RefusalReason.themes.flatMap(\.reasons)

    @Test("each code is there once, in lowercase and underscores, and leads to its reason") func codes() {
        #expect(Set(Self.all.map(\.code)).count == Self.all.count)
        for reason in Self.all {
            #expect(
                reason.code.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F || (0x30...0x39).contains($0) })
            #expect(RefusalReason.named(reason.code) == reason)
        }
        #expect(RefusalReason.named("no_such_reason") == nil)
    }

    @Test("what happened and the next step are one plain sentence each", arguments: all)
    func sentences(_ reason: RefusalReason) {
        for text in [reason.says, reason.next] {
            #expect(text.first?.isUppercase == true && text.last == ".", "\(reason.code): \(text)")
            // The reference is a table.
            #expect(!text.contains(". ") && !text.contains("|") && !text.contains("!"), "\(reason.code): \(text)")
        }
        #expect(reason.source.isEmpty || reason.source.contains(" §"), "\(reason.code)")
    }

    @Test("every reason that the sources declare is listed") func complete() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/OAuthServer/Refusals")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let codes = try files.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).matches(of: /= RefusalReason\(\s*"([a-z0-9_]+)"/)
                .map { String($0.output.1) }
        }
        #expect(codes.count > 100)
        for code in codes { #expect(RefusalReason.named(code) != nil, "\(code)") }
    }

    @Test("what the registry refuses keeps its code where that is known, and has one all the same")
    func registry() {
        #expect(RefusalReason.registry(HubError(.conflict, "name_taken", "")).code == "name_taken")
        #expect(RefusalReason.registry(HubError(.invalid, "bad_resource", "")).code == "metadata_refused")
    }
}
