"""How the kernel is compiled: by numba, each way in with all that it calls to one piece of machine code.

The one importer of numba, and imported only to compile: `machine_code` keeps what comes out.
"""

# mypy: disable-error-code="no-untyped-call,no-any-return"
# numba is untyped; annotations of its own would only look as if they were checked.

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from backtests.deferred import absent
from backtests.engine.kernel.layout import Kind

with absent("yaml"):  # a configuration of numba's in the current folder is nobody's wish
    import numba

# What LLVM may make of an operation of its own.
BEHIND = {"llvm.pow": "pow", "llvm.memset": "memset", "llvm.memcpy": "memcpy", "llvm.memmove": "memmove"}


def compiled(function: Callable[..., Any]) -> Any:
    """Compile without the interpreter's lock, by IEEE division; with no way in from Python and no memory of its own."""
    options: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}  # numba's, not in its manual
    return numba.njit(nogil=True, error_model="numpy", **options)(function)


def object_code(function: Any, kinds: Sequence[Kind]) -> tuple[bytes, str, list[str]]:
    """Return a compiled function for arguments of some kinds: object file, its name in it, and what it calls outside.

    It is called as numba's functions call one another: `machine_code` knows how.
    """
    signature = tuple(_type(kind) for kind in kinds)
    function.compile(numba.void(*signature))
    found = function.get_compile_result(numba.void(*signature))
    _, _, (code, _) = found.library.serialize_using_object_code()
    return code, found.fndesc.llvm_func_name, sorted(set(_outside(found.library.get_llvm_str())))


def _type(kind: Kind) -> Any:
    number = numba.from_dtype(np.dtype(kind.dtype))
    return numba.types.Array(number, kind.axes, "C", readonly=kind.fixed) if kind.axes else number


def _outside(text: str) -> Iterator[str]:
    """Yield the functions that some LLVM calls and does not hold."""
    for function in llvm.parse_assembly(text).functions:
        if not function.name.startswith("llvm."):
            if function.is_declaration:
                yield function.name
        elif (family := ".".join(function.name.split(".")[:2])) in BEHIND:
            yield BEHIND[family]
