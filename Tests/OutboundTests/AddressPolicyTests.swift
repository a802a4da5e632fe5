import Core
import Outbound
import Testing

@Test(arguments: [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "100.64.0.1", "100.127.255.255", "169.254.169.254", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::", "fe80::1", "febf::1", "fec0::1",
    "fc00::1", "fd12:3456::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "100::1",
])
func theSafePolicyForbids(_ text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(AddressPolicy.safe.forbids(address))
}

@Test(arguments: [
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "169.253.1.1", "192.0.1.1",
    "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8",
    "64:ff9b::808:808", "2002:808:808::",
])
func theSafePolicyAllows(_ text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(!AddressPolicy.safe.forbids(address))
}

@Test(arguments: [
    ("10.0.0.1", true), ("192.168.0.1", true), ("fd12::1", true), ("::ffff:10.0.0.1", true), ("127.0.0.1", false),
    ("169.254.169.254", false), ("100.64.0.1", false), ("fe80::1", false), ("fd00:ec2::254", false), ("::1", false),
])
func privateNetworksCanBeAllowedAndNothingElse(_ text: String, _ isAllowed: Bool) throws {
    let address = try #require(IPAddress(text))
    #expect(AddressPolicy(allowsPrivate: true).forbids(address) != isAllowed)
}

@Test(arguments: [
    ("127.0.0.1", true), ("127.0.0.2", true), ("::1", true), ("::ffff:127.0.0.1", false), ("8.8.8.8", false),
    ("10.0.0.1", false), ("0.0.0.0", false),
])
func aRequestToLoopbackGoesNowhereElse(_ text: String, _ isAllowed: Bool) throws {
    let address = try #require(IPAddress(text))
    #expect(AddressPolicy(allowsPrivate: true).forbids(address, toLoopback: true) != isAllowed)
    #expect(address.description == text)
}

@Test(arguments: ["", "localhost", "127.1", "0x7f000001", "2130706433", "1.2.3.4.5", "::g", "[::1]"])
func whatIsNoLiteralIsNoAddress(_ text: String) {
    #expect(IPAddress(text) == nil)
}

@Test(arguments: [
    ("https://a.example", "https://a.example:443/"), ("HTTPS://A.Example:8443/x?y=1", "https://a.example:8443/x?y=1"),
    ("http://[::1]:80/a", "http://[::1]:80/a"), ("https://a?x", "https://a:443/?x"),
    ("https://a/%2e%2e", "https://a:443/%2e%2e"),
])
func anAddressIsReadAsItIs(_ text: String, _ expected: String) throws {
    let url = try #require(StrictURL(text))
    #expect(url.text == expected)
}

@Test(arguments: [
    "", "a.example", "//a.example", "ftp://a", "file:///etc/passwd", "https://", "https:///x", "https://u@a/",
    "https://u:p@a/", "https://a#f", "https://a/b c", "https://a\\b", "https://a/\r\nx", "https://é.example/",
    "https://a:0/", "https://a:65536/", "https://a:080/", "https://a:/", "https://[::1/", "https://[]/", "https://[x]/",
    "https://a%2eb/", "https://a:443@b/", "https:/a", "https://a\u{0}/", "https://[::1]x/",
])
func anAddressThatNeedsRepairIsNone(_ text: String) {
    #expect(StrictURL(text) == nil)
}
