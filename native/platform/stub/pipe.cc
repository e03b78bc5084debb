#include "platform/pipe.h"

namespace smipc {

Result MakePipe(File* /*reader*/, File* /*writer*/) { return Result(Status::NotSupported); }

}  // namespace smipc
