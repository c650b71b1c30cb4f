// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Fixed arrays, lazy ones, immutable stores and lists of indexes.

import Memory
import Testing

@Suite struct ArrayTests {
    @Test func `a fixed array keeps what is written`() {
        var array = FixedArray<Int>(repeating: 7, count: 3)
        array[1] = 5
        let values = [array[0], array[1], array[2], array.span[1], array.count]
        #expect(values == [7, 5, 7, 5, 3])
    }

    @Test func `a lazy array reads as its initial value until written`() {
        var array = LazyArray<UInt32>(repeating: 9, count: 1 << 20)
        let untouched = array[1_000_000]
        #expect(untouched == 9)
        array[3] = 4
        let values = [array[2], array[3], array[4]]
        #expect(values == [9, 4, 9])
        array[10] += 1
        let later = [array[3], array[9], array[10], array[11]]
        #expect(later == [4, 9, 10, 9])
    }

    @Test func `a store builds its elements in order`() {
        let store = FixedStore<Buffer>(count: 3) { index in
            var buffer = Buffer(capacity: 4)
            buffer.append(decimal: index)
            return buffer
        }
        let firsts = [store[0].readable[0], store[1].readable[0], store[2].readable[0]]
        #expect(firsts == [0x30, 0x31, 0x32])
        let count = store.count
        #expect(count == 3)
    }
}

@Suite struct IndexListTests {
    private func contents(_ list: borrowing IndexList) -> [Int] {
        var result: [Int] = []
        var next = list.first
        while let index = next {
            result.append(index)
            next = list.next(after: index)
        }
        return result
    }

    @Test func `order is kept at both ends`() {
        var list = IndexList(capacity: 10)
        list.append(3)
        list.append(5)
        list.prepend(1)
        let order = contents(list)
        #expect(order == [1, 3, 5])
        let last = list.popLast()
        let first = list.popFirst()
        let rest = contents(list)
        #expect(last == 5)
        #expect(first == 1)
        #expect(rest == [3])
        let ends = (list.first, list.last)
        #expect(ends == (3, 3))
    }

    @Test(arguments: [0, 1, 2, 3])
    func `any index can be taken out`(index: Int) {
        var list = IndexList(capacity: 4)
        for i in 0..<4 { list.append(i) }
        list.remove(index)
        let (rest, isThere, count) = (contents(list), list.contains(index), list.count)
        #expect(rest == (0..<4).filter { $0 != index })
        #expect(!isThere)
        #expect(count == 3)
        list.append(index)
        let last = list.last
        #expect(last == index)
    }

    @Test func `an empty list has no ends`() {
        var list = IndexList(capacity: 2)
        list.append(0)
        let only = list.popFirst()
        #expect(only == 0)
        let (isEmpty, ends, nothing) = (list.isEmpty, (list.first, list.last), list.popLast())
        #expect(isEmpty)
        #expect(ends == (nil, nil))
        #expect(nothing == nil)
    }
}
