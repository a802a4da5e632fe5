@main struct Linchpin { static func main() {} }
