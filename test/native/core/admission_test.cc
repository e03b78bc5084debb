// The rules of entering and leaving, for every state of a segment, against docs/protocol.md §6, §7.
// The table is written out: a rule that is changed must be changed here too, line by line.
#include "core/admission.h"

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
    {P::Absent,  P::Absent,  0, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Absent,  1, A::Replace,   A::Replace, kSpent},
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

// The outcomes for a resumable segment: a role that was left is taken over.
// clang-format off
const Row kResumableTable[] = {
    // writer Absent
    {P::Absent,  P::Absent,  0, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Absent,  1, A::Take,      A::Take,    kKept},
    {P::Absent,  P::Open,    0, A::Take,      A::Busy,    kKept},
    {P::Absent,  P::Open,    1, A::Take,      A::Busy,    kKept},
    {P::Absent,  P::Ended,   0, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Ended,   1, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Aborted, 0, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Aborted, 1, A::Take,      A::Take,    kKept},
    {P::Absent,  P::Closed,  0, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Closed,  1, A::Take,      A::Take,    kKept},
    {P::Absent,  P::Died,    0, A::Replace,   A::Replace, kSpent},
    {P::Absent,  P::Died,    1, A::Take,      A::Take,    kKept},
    // writer Open
    {P::Open,    P::Absent,  0, A::Busy,      A::Take,    kKept},
    {P::Open,    P::Absent,  1, A::Busy,      A::Take,    kKept},
    {P::Open,    P::Open,    0, A::Busy,      A::Busy,    kKept},
    {P::Open,    P::Open,    1, A::Busy,      A::Busy,    kKept},
    {P::Open,    P::Ended,   0, A::Busy,      A::Replace, kKept},
    {P::Open,    P::Ended,   1, A::Busy,      A::Replace, kKept},
    {P::Open,    P::Aborted, 0, A::Busy,      A::Take,    kKept},
    {P::Open,    P::Aborted, 1, A::Busy,      A::Take,    kKept},
    {P::Open,    P::Closed,  0, A::Busy,      A::Take,    kKept},
    {P::Open,    P::Closed,  1, A::Busy,      A::Take,    kKept},
    {P::Open,    P::Died,    0, A::Busy,      A::Take,    kKept},
    {P::Open,    P::Died,    1, A::Busy,      A::Take,    kKept},
    // writer Ended
    {P::Ended,   P::Absent,  0, A::Undrained, A::Take,    kKept},
    {P::Ended,   P::Absent,  1, A::Undrained, A::Take,    kKept},
    {P::Ended,   P::Open,    0, A::Undrained, A::Busy,    kKept},
    {P::Ended,   P::Open,    1, A::Undrained, A::Busy,    kKept},
    {P::Ended,   P::Ended,   0, A::Replace,   A::Replace, kSpent},
    {P::Ended,   P::Ended,   1, A::Replace,   A::Replace, kSpent},
    {P::Ended,   P::Aborted, 0, A::Undrained, A::Take,    kKept},
    {P::Ended,   P::Aborted, 1, A::Undrained, A::Take,    kKept},
    {P::Ended,   P::Closed,  0, A::Undrained, A::Take,    kKept},
    {P::Ended,   P::Closed,  1, A::Undrained, A::Take,    kKept},
    {P::Ended,   P::Died,    0, A::Undrained, A::Take,    kKept},
    {P::Ended,   P::Died,    1, A::Undrained, A::Take,    kKept},
    // writer Aborted
    {P::Aborted, P::Absent,  0, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Absent,  1, A::Take,      A::Take,    kKept},
    {P::Aborted, P::Open,    0, A::Take,      A::Busy,    kKept},
    {P::Aborted, P::Open,    1, A::Take,      A::Busy,    kKept},
    {P::Aborted, P::Ended,   0, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Ended,   1, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Aborted, 0, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Aborted, 1, A::Take,      A::Take,    kKept},
    {P::Aborted, P::Closed,  0, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Closed,  1, A::Take,      A::Take,    kKept},
    {P::Aborted, P::Died,    0, A::Replace,   A::Replace, kSpent},
    {P::Aborted, P::Died,    1, A::Take,      A::Take,    kKept},
    // writer Closed
    {P::Closed,  P::Absent,  0, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Absent,  1, A::Take,      A::Take,    kKept},
    {P::Closed,  P::Open,    0, A::Take,      A::Busy,    kKept},
    {P::Closed,  P::Open,    1, A::Take,      A::Busy,    kKept},
    {P::Closed,  P::Ended,   0, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Ended,   1, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Aborted, 0, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Aborted, 1, A::Take,      A::Take,    kKept},
    {P::Closed,  P::Closed,  0, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Closed,  1, A::Take,      A::Take,    kKept},
    {P::Closed,  P::Died,    0, A::Replace,   A::Replace, kSpent},
    {P::Closed,  P::Died,    1, A::Take,      A::Take,    kKept},
    // writer Died
    {P::Died,    P::Absent,  0, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Absent,  1, A::Take,      A::Take,    kKept},
    {P::Died,    P::Open,    0, A::Take,      A::Busy,    kKept},
    {P::Died,    P::Open,    1, A::Take,      A::Busy,    kKept},
    {P::Died,    P::Ended,   0, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Ended,   1, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Aborted, 0, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Aborted, 1, A::Take,      A::Take,    kKept},
    {P::Died,    P::Closed,  0, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Closed,  1, A::Take,      A::Take,    kKept},
    {P::Died,    P::Died,    0, A::Replace,   A::Replace, kSpent},
    {P::Died,    P::Died,    1, A::Take,      A::Take,    kKept},
};
// clang-format on

// What a table says of one row, for a segment that is resumable or not.
Scene SceneOf(const Row& row, bool is_resumable, uint64_t published) {
  Scene scene{row.writer, row.reader, published};
  scene.is_resumable = is_resumable;
  return scene;
}

// Calls `body` with each row of both tables.
template <typename Body>
void ForEachRow(Body body) {
  const auto call = [&](const Row& row, bool is_resumable) {
    check::Context("%s writer %u, reader %u, published %u", is_resumable ? "resumable," : "",
                   static_cast<unsigned>(row.writer), static_cast<unsigned>(row.reader),
                   static_cast<unsigned>(row.published));
    body(row, SceneOf(row, is_resumable, row.published));
  };
  for (const Row& row : kTable) call(row, false);
  for (const Row& row : kResumableTable) call(row, true);
}

TEST(EveryStateOfASegmentIsInEachTableOnce) {
  constexpr int kPresences = 6;
  int seen[2][kPresences][kPresences][2] = {};
  ForEachRow([&](const Row& row, const Scene& scene) {
    seen[scene.is_resumable][static_cast<int>(row.writer)][static_cast<int>(row.reader)]
        [row.published]++;
  });
  for (const auto& of_table : seen) {
    for (const auto& of_writer : of_table) {
      for (const auto& of_reader : of_writer) {
        CHECK_EQ(of_reader[0], 1);
        CHECK_EQ(of_reader[1], 1);
      }
    }
  }
}

TEST(WhoMayEnter) {
  ForEachRow([](const Row& row, const Scene& scene) {
    // A byte is as good as many.
    const uint64_t many = row.published * (uint64_t{1} << 40);
    for (const uint64_t published : {row.published, many}) {
      const Scene seen = SceneOf(row, scene.is_resumable, published);
      CHECK_EQ(AdmitWriter(seen), row.for_a_writer);
      CHECK_EQ(AdmitReader(seen), row.for_a_reader);
    }
  });
}

TEST(ASegmentOfAnEarlierBootIsReplaced) {
  ForEachRow([](const Row&, Scene scene) {
    scene.is_of_earlier_boot = true;
    CHECK_EQ(AdmitWriter(scene), Admission::Replace);
    CHECK_EQ(AdmitReader(scene), Admission::Replace);
    CHECK(IsSpent(scene));
  });
}

TEST(WhatIsSpent) {
  ForEachRow([](const Row& row, const Scene& scene) { CHECK_EQ(IsSpent(scene), row.is_spent); });
}

// What follows for later openers, independently of the tables.
TEST(TheRulesFitTogether) {
  ForEachRow([](const Row& row, const Scene& scene) {
    // No living owner loses its role.
    if (row.writer == P::Open) CHECK_EQ(AdmitWriter(scene), A::Busy);
    if (row.reader == P::Open) CHECK_EQ(AdmitReader(scene), A::Busy);
    // What is removed would have been replaced by the next opener.
    if (IsSpent(scene)) CHECK_EQ(AdmitWriter(scene), A::Replace);
    if (IsSpent(scene)) CHECK_EQ(AdmitReader(scene), A::Replace);
    // An end that nobody has read is news, even without a byte.
    if (row.writer == P::Ended && row.reader == P::Absent) CHECK(!IsSpent(scene));
    if (scene.is_resumable) {
      // What has been published is neither removed nor replaced before it has been read to the end.
      if (row.published > 0 && row.reader != P::Ended) {
        CHECK(!IsSpent(scene));
        CHECK(AdmitWriter(scene) != A::Replace);
        CHECK(AdmitReader(scene) != A::Replace);
      }
      return;
    }
    // No one enters a role that was held before.
    if (row.writer != P::Absent) CHECK(AdmitWriter(scene) != A::Take);
    if (row.reader != P::Absent) CHECK(AdmitReader(scene) != A::Take);
  });
}

}  // namespace
}  // namespace smipc
