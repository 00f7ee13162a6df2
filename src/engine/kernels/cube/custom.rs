//! Own kernels as operations of Burn's fusion, and numbers that come back without a stop.

use std::fmt;
use std::future::{Future, poll_fn};
use std::task::{Context, Poll, Waker};

use burn_cubecl::fusion::FusionCubeRuntime;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{BoolElement, CubeBackend, CubeRuntime};
use burn_fusion::FusionRuntime;
use burn_fusion::stream::{Operation, OperationStreams};
use burn_ir::{CustomOpIr, HandleContainer, OperationIr, TensorIr};
use burn_std::{Shape, future};
use burn_tensor::{DType, Tensor};

use super::super::Later;
use super::super::plain::unwrap;
use super::{Cube, Raw};

struct Custom<R, BT, F> {
    ir: CustomOpIr,
    run: F,
    backend: std::marker::PhantomData<fn() -> (R, BT)>,
}

impl<R, BT, F> fmt::Debug for Custom<R, BT, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.ir.id)
    }
}

type Handle<R> = <FusionCubeRuntime<R> as FusionRuntime>::FusionHandle;

impl<R, BT, F> Operation<FusionCubeRuntime<R>> for Custom<R, BT, F>
where
    R: CubeRuntime,
    BT: BoolElement,
    F: Fn(Vec<CubeTensor<R>>) -> Vec<CubeTensor<R>> + Send + Sync + 'static,
{
    fn execute(&self, handles: &mut HandleContainer<Handle<R>>) {
        let inputs = self.ir.inputs.iter().map(|input| handles.get_float_tensor::<CubeBackend<R, f32, i32, BT>>(input)).collect();
        for (output, made) in self.ir.outputs.iter().zip((self.run)(inputs)) {
            handles.register_float_tensor::<CubeBackend<R, f32, i32, BT>>(&output.id, made);
        }
    }
}

/// [`custom_many`] with a known number of outputs.
pub(super) fn custom<R: CubeRuntime, BT: BoolElement, const N: usize>(
    name: &'static str,
    inputs: Vec<Raw<R>>,
    outputs: [(Shape, DType); N],
    run: impl Fn(Vec<CubeTensor<R>>) -> [CubeTensor<R>; N] + Send + Sync + 'static,
) -> [Raw<R>; N] {
    let mut made = custom_many::<R, BT>(name, inputs, outputs.to_vec(), move |t| run(t).into()).into_iter();
    std::array::from_fn(|_| made.next().unwrap_or_else(|| unreachable!("an output for each that was asked for")))
}

/// Queues a kernel's work between Burn's operations. A tensor of the device is one whatever its type, so whole numbers may
/// be among the inputs.
pub(super) fn custom_many<R: CubeRuntime, BT: BoolElement>(
    name: &'static str,
    inputs: Vec<Raw<R>>,
    outputs: Vec<(Shape, DType)>,
    run: impl Fn(Vec<CubeTensor<R>>) -> Vec<CubeTensor<R>> + Send + Sync + 'static,
) -> Vec<Raw<R>> {
    let (streams, client) = (OperationStreams::with_inputs(&inputs), inputs[0].client.clone());
    let inputs: Vec<TensorIr> = inputs.into_iter().map(Raw::into_ir).collect();
    let output = |(shape, dtype)| TensorIr::uninit(client.create_empty_handle(), shape, dtype);
    let outputs: Vec<TensorIr> = outputs.into_iter().map(output).collect();
    let ir = CustomOpIr::new(name, &inputs, &outputs);
    let operation = Custom::<R, BT, _> { ir: ir.clone(), run, backend: std::marker::PhantomData };
    client.register(streams, OperationIr::Custom(ir), operation)
}

/// The inputs of a kernel by name.
pub(super) fn taken<R: CubeRuntime, const N: usize>(inputs: Vec<CubeTensor<R>>) -> [CubeTensor<R>; N] {
    inputs.try_into().unwrap_or_else(|rest: Vec<_>| unreachable!("{} inputs instead of {N}", rest.len()))
}

/// Queues a copy to the host behind the work of now. Reading the same tensor later would wait for all that was queued in
/// between, which is what the queue is for.
pub(super) fn later<R: CubeRuntime, BT: BoolElement>(vector: Tensor<Cube<R, BT>, 1>) -> Later {
    let raw = unwrap(vector);
    let client = raw.client.clone();
    let tensor = into_contiguous(client.resolve_tensor_float::<CubeBackend<R, f32, i32, BT>>(raw));
    let (dtype, len) = (tensor.dtype, tensor.meta.shape().num_elements());
    let mut copy = Box::pin(async move {
        let asked = tensor.handle.clone().copy_descriptor(tensor.meta.shape().clone(), tensor.meta.strides().clone(), dtype.size());
        let read = tensor.client.read_one_tensor_async(asked);
        once().await;
        read.await
    });
    // Polled once, it has queued the copy and rests; polled again, it waits for it.
    let queued = copy.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    debug_assert!(queued.is_pending());
    Later::new(move || match future::block_on(copy) {
        Ok(bytes) => burn_tensor::TensorData::from_bytes(bytes, [len], dtype).iter::<f64>().collect(),
        // What cannot be read is not a number: the step that left it is skipped and named.
        Err(_) => vec![f64::NAN; len],
    })
}

/// Rests until it is polled a second time.
fn once() -> impl Future<Output = ()> {
    let mut rested = false;
    poll_fn(move |context| {
        if std::mem::replace(&mut rested, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
}
