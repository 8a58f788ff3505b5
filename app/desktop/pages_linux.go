//go:build desktop && linux

package desktop

/*
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// Of the program's own file, which comes first, what is never written: code and
// constants.
static int hw_own_pages(struct dl_phdr_info *info, size_t size, void *data) {
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_LOAD || (p->p_flags & PF_W)) continue;
		uintptr_t from = (info->dlpi_addr + p->p_vaddr) & ~page;
		uintptr_t to = (info->dlpi_addr + p->p_vaddr + p->p_filesz + page) & ~page;
		madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 1;
}

static void hw_give_back(void) { dl_iterate_phdr(hw_own_pages, NULL); }
*/
import "C"

// GiveBack unmaps the program's own code and constants: what is needed still comes back
// by itself, from the system's cache; what only the start needed does not.
func GiveBack() { C.hw_give_back() }
