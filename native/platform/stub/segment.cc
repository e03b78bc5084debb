#include "platform/segment.h"

namespace smipc {

Result Segment::Create(const Directory& /*directory*/, const SegmentSpec& /*spec*/) {
  return Result(Status::NotSupported);
}

Result Segment::Name(const Directory& /*directory*/, const char* /*name*/) {
  return Result(Status::NotSupported);
}

Result Segment::Attach(const Directory& /*directory*/, const char* /*name*/) {
  return Result(Status::NotSupported);
}

bool Segment::IsNamed(const Directory& /*directory*/, const char* /*name*/) const { return false; }

Result Segment::ReserveRange(uint64_t /*from*/, uint64_t /*size*/,
                             MemoryShortage* /*shortage*/) const {
  return Result(Status::NotSupported);
}

Result Segment::ReserveRangeAgain(uint64_t /*from*/, uint64_t /*size*/) const {
  return Result(Status::NotSupported);
}

void Segment::Unmap() {}

Result HeaderView::Open(const Directory& /*directory*/, const char* /*name*/) {
  return Result(Status::NotSupported);
}

bool HeaderView::IsNamed(const Directory& /*directory*/, const char* /*name*/) const {
  return false;
}

HeaderView::~HeaderView() = default;

Result OpenSegmentFile(const Directory& /*directory*/, const char* /*name*/, File* /*file*/) {
  return Result(Status::NotSupported);
}

bool HasMagic(const File& /*file*/) { return false; }

uint32_t LayoutVersionOf(const File& /*file*/) { return 0; }

}  // namespace smipc
