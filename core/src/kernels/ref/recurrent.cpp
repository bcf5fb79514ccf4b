#include "recurrent.hpp"

#include "gemm.hpp"
#include "table_recurrent.hpp"

namespace livegrad::kernels::ref {

namespace {

template <class T>
auto table(const LookupArgs& o, T* data) {
  return o.transposed ? matrix(data, o.symbols, o.columns, 1, o.symbols)
                      : matrix(data, o.symbols, o.columns, o.columns, 1);
}

}  // namespace

void lookup_forward(KernelContext&, const LookupArgs& o) noexcept {
  lookup_forward<real>(table(o, o.table), view(o.indices, o.rows), o.bias,
                       matrix(o.out, o.rows, o.columns, o.out_stride, 1));
}
void lookup_backward(KernelContext&, const LookupArgs& o) noexcept {
  lookup_backward<real>(matrix(o.dout, o.rows, o.columns, o.out_stride, 1), view(o.indices, o.rows),
                        table(o, o.dtable), o.beta);
}
void recurrent_forward(KernelContext&, const RecurrentArgs& o) noexcept { Recurrence<real>(o).forward(); }
void recurrent_backward(KernelContext&, const RecurrentArgs& o) noexcept { Recurrence<real>(o).backward(); }

}  // namespace livegrad::kernels::ref
