/* IMPORTANT
 * This snapshot file is auto-generated, but designed for humans.
 * It should be checked into source control and tracked carefully.
 * Re-generate by setting TAP_SNAPSHOT=1 and running tests.
 * Make sure to inspect the output below.  Do not ignore changes!
 */
'use strict'
exports[`test/agent/stack/lossy.test.ts > TAP > nothing is lost or altered, and it ends > must match snapshot 1`] = `
loss% bytes | virtual ms, segments of the stack, of the visitor
    0      0 |     80     2     4
    0      1 |     80     2     4
    0   1000 |     80     2     4
    0  20000 |    120    15    30
    0 200000 |    400   138   276
    1      0 |   1080     2     5
    1      1 |     80     2     4
    1   1000 |     80     2     4
    1  20000 |    120    15    30
    1 200000 |   1284   183   317
    5      0 |   1080     2     5
    5      1 |     80     2     4
    5   1000 |     80     2     4
    5  20000 |   1844    34    51
    5 200000 |   6628   222   418
   20      0 |   2124     4    10
   20      1 |   1080     4     6
   20   1000 |   1739     4     8
   20  20000 |  21908    51    66
   20 200000 |  60076   422   839
`
