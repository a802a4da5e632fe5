import Foundation
import Hub
import Testing

@Suite("References made from the code") struct ReferenceTests {
    @Test("Docs/reference is what the code says; make it again: linchpin reference Docs/reference")
    func current() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let pages = try ReferencePages.all()
        for page in pages {
            let file = root.appending(path: "Docs/reference/\(page.name)")
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(text == page.text, "\(page.name)")
        }
        #expect(pages.count > 2)
    }
}
