// The rules of entering and leaving, for every state of a segment, against docs/protocol.md §6, §7.
// The table is written out: a rule that is changed must be changed here too, line by line.
#include "admission.h"

#include "check.h"

namespace smipc {
namespace {

using P = Presence;
using A = Admission;
constexpr bool kSpent = true;
constexpr bool kKept = false;

struct Row {
  Presence writer;
  Presence reader;
  uint64_t published;
  Admission for_a_writer;
  Admission for_a_reader;
  bool is_spent;
};

// A writer that has closed, and a reader that has ended or aborted, only a hostile peer makes: such
// roles count as left.
// clang-format off
const Row kTable[] = {
    // writer Absent
    {P::Absent,  P::Absent,  0, A::Take,      A::Take,    kSpent},
    {P::Absent,  P::Absent,  1, A::Take,      A::Take,    kSpent},
    {P::Absent,  P::Open,    0, A::Take,      A::Busy,    kKept},
    {P::Absent,  P::Open,    1, A::Take,      A::Busy,    kKept},
    {P::Absent,  P::Ended,   0, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Ended,   1, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Aborted, 0, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Aborted, 1, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Closed,  0, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Closed,  1, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Died,    0, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Died,    1, A::Replace,   A::Replace, kSpent},
    // writer Open
    {P::Open,    P::Absent,  0, A::Busy,      A::Take,    kKept},
    {P::Open,    P::Absent,  1, A::Busy,      A::Take,    kKept},
    {P::Open,    P::Open,    0, A::Busy,      A::Busy,    kKept},
    {P::Open,    P::Open,    1, A::Busy,      A::Busy,    kKept},
    {P::Open,    P::Ended,   0, A::Busy,      A::Replace, kKept},
    {P::Open,    P::Ended,   1, A::Busy,      A::Replace, kKept},
    {P::Open,    P::Aborted, 0, A::Busy,      A::Replace, kKept},
    {P::Open,    P::Aborted, 1, A::Busy,      A::Replace, kKept},
    {P::Open,    P::Closed,  0, A::Busy,      A::Replace, kKept},
    {P::Open,    P::Closed,  1, A::Busy,      A::Replace, kKept},
    {P::Open,    P::Died,    0, A::Busy,      A::Replace, kKept},
    {P::Open,    P::Died,    1, A::Busy,      A::Replace, kKept},
    // writer Ended
    {P::Ended,   P::Absent,  0, A::Undrained, A::Take,    kKept},
    {P::Ended,   P::Absent,  1, A::Undrained, A::Take,    kKept},
    {P::Ended,   P::Open,    0, A::Replace,   A::Busy,    kKept},
    {P::Ended,   P::Open,    1, A::Replace,   A::Busy,    kKept},
    {P::Ended,   P::Ended,   0, A::Replace,   A::Replace, kSpent},
    {P::Ended,   P::Ended,   1, A::Replace,   A::Replace, kSpent},
    {P::Ended,   P::Aborted, 0, A::Replace,   A::Replace, kSpent},
    {P::Ended,   P::Aborted, 1, A::Replace,   A::Replace, kSpent},
    {P::Ended,   P::Closed,  0, A::Replace,   A::Replace, kSpent},
    {P::Ended,   P::Closed,  1, A::Replace,   A::Replace, kSpent},
    {P::Ended,   P::Died,    0, A::Replace,   A::Replace, kSpent},
    {P::Ended,   P::Died,    1, A::Replace,   A::Replace, kSpent},
    // writer Aborted
    {P::Aborted, P::Absent,  0, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Absent,  1, A::Replace,   A::Take,    kKept},
    {P::Aborted, P::Open,    0, A::Replace,   A::Busy,    kKept},
    {P::Aborted, P::Open,    1, A::Replace,   A::Busy,    kKept},
    {P::Aborted, P::Ended,   0, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Ended,   1, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Aborted, 0, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Aborted, 1, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Closed,  0, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Closed,  1, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Died,    0, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Died,    1, A::Replace,   A::Replace, kSpent},
    // writer Closed
    {P::Closed,  P::Absent,  0, A::Replace,   A::Take,    kKept},
    {P::Closed,  P::Absent,  1, A::Replace,   A::Take,    kKept},
    {P::Closed,  P::Open,    0, A::Replace,   A::Busy,    kKept},
    {P::Closed,  P::Open,    1, A::Replace,   A::Busy,    kKept},
    {P::Closed,  P::Ended,   0, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Ended,   1, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Aborted, 0, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Aborted, 1, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Closed,  0, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Closed,  1, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Died,    0, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Died,    1, A::Replace,   A::Replace, kSpent},
    // writer Died
    {P::Died,    P::Absent,  0, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Absent,  1, A::Replace,   A::Take,    kKept},
    {P::Died,    P::Open,    0, A::Replace,   A::Busy,    kKept},
    {P::Died,    P::Open,    1, A::Replace,   A::Busy,    kKept},
    {P::Died,    P::Ended,   0, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Ended,   1, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Aborted, 0, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Aborted, 1, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Closed,  0, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Closed,  1, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Died,    0, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Died,    1, A::Replace,   A::Replace, kSpent},
};
// clang-format on

TEST(EveryStateOfASegmentIsInTheTableOnce) {
  constexpr int kPresences = 6;
  int seen[kPresences][kPresences][2] = {};
  for (const Row& row : kTable) {
    seen[static_cast<int>(row.writer)][static_cast<int>(row.reader)][row.published]++;
  }
  for (const auto& of_writer : seen) {
    for (const auto& of_reader : of_writer) {
      CHECK_EQ(of_reader[0], 1);
      CHECK_EQ(of_reader[1], 1);
    }
  }
}

TEST(WhoMayEnter) {
  for (const Row& row : kTable) {
    check::Context("writer %u, reader %u, published %u", static_cast<unsigned>(row.writer),
                   static_cast<unsigned>(row.reader), static_cast<unsigned>(row.published));
    // A byte is as good as many.
    const uint64_t many = row.published * (uint64_t{1} << 40);
    for (const uint64_t published : {row.published, many}) {
      const Scene scene{row.writer, row.reader, published};
      CHECK_EQ(AdmitWriter(scene), row.for_a_writer);
      CHECK_EQ(AdmitReader(scene), row.for_a_reader);
    }
  }
}

TEST(NobodyEntersASegmentOfAnEarlierBoot) {
  for (const Row& row : kTable) {
    const Scene scene{row.writer, row.reader, row.published, true};
    CHECK_EQ(AdmitWriter(scene), Admission::Replace);
    CHECK_EQ(AdmitReader(scene), Admission::Replace);
  }
}

TEST(WhatIsSpent) {
  for (const Row& row : kTable) {
    check::Context("writer %u, reader %u, published %u", static_cast<unsigned>(row.writer),
                   static_cast<unsigned>(row.reader), static_cast<unsigned>(row.published));
    CHECK_EQ(IsSpent({row.writer, row.reader, row.published}), row.is_spent);
  }
}

// What follows for those who come later, whatever the table says.
TEST(TheRulesFitTogether) {
  for (const Row& row : kTable) {
    const Scene scene{row.writer, row.reader, row.published};
    // What is removed would have been replaced, or begun anew, by whoever comes next.
    if (IsSpent(scene) && row.writer != P::Absent) CHECK_EQ(AdmitWriter(scene), A::Replace);
    if (IsSpent(scene) && row.writer != P::Absent) CHECK_EQ(AdmitReader(scene), A::Replace);
    // Nobody's role is taken away, and nobody enters one that was held before.
    if (row.writer != P::Absent) CHECK(AdmitWriter(scene) != A::Take);
    if (row.reader != P::Absent) CHECK(AdmitReader(scene) != A::Take);
    if (row.writer == P::Open) CHECK_EQ(AdmitWriter(scene), A::Busy);
    if (row.reader == P::Open) CHECK_EQ(AdmitReader(scene), A::Busy);
  }
}

}  // namespace
}  // namespace smipc
